import re, os
import pytest
from tests.browser.test_samples import *
@pytest.mark.parametrize("language,width",[("zh-Hans",1366),("en",320),("zh-Hans",320),("en",1366)])
def test_shots(enter, language, width):
    page=enter(Role.SAFETY_OFFICER, language, width)
    for n,a in enumerate(pages_of(page)):
        page.goto(a); page.screenshot(path=f"/tmp/w/samples/shot-{n:02d}-{language}-{width}.png", full_page=True)
        f=faults(page)
        if f: print(language,width,a,f)
