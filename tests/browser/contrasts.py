"""axe on a page, with the contrast of each look of a text judged once.

The contrast of texts costs more than all other rules of axe together, and follows from the colour
and size of the text and from the layers it lies in. So of the texts that look alike, on one page
or on an earlier one, one is enough; a look of which axe could judge none is asked of every text.
"""

from collections.abc import Iterable
from typing import Any

from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What axe tells of rules that passed is most of its work; violations are told in full.
AXE = {"runOnly": RULES, "resultTypes": ["violations"]}
JUDGE = """async ([options, passed]) => {
  const RULE = "color-contrast", MARK = "data-contrast";
  const TEXT = ["color", "fontSize", "fontWeight", "textShadow", "webkitTextStroke"];
  const LAYER = ["backgroundColor", "backgroundImage", "opacity", "position", "filter",
    "mixBlendMode"];
  const known = new Set(passed), layers = new Map([[null, ""]]), looks = new Map();
  const hash = (text) => {
    let a = 0xdeadbeef, b = 0x41c6ce57;
    for (let i = 0; i < text.length; i++) {
      a = Math.imul(a ^ text.charCodeAt(i), 2654435761);
      b = Math.imul(b ^ text.charCodeAt(i), 1597334677);
    }
    return (a >>> 0).toString(36) + (b >>> 0).toString(36);
  };
  const said = (element, names) => {
    const style = getComputedStyle(element);
    return names.map((name) => style[name]).join();
  };
  const plain = "rgba(0, 0, 0, 0),none,1,static,none,normal";
  const layer = (element) => {
    if (!layers.has(element)) {
      const own = said(element, LAYER), below = layer(element.parentElement);
      layers.set(element, own === plain ? below : hash(below + own));
    }
    return layers.get(element);
  };
  const look = (element) => {
    if (!looks.has(element)) looks.set(element, hash(layer(element) + said(element, TEXT)));
    return looks.get(element);
  };
  const judge = async (elements) => {
    if (!elements.length) return [];
    elements.forEach((element) => element.setAttribute(MARK, ""));
    axe.configure({ rules: [{ id: RULE, selector: `[${MARK}]` }] });
    const results = await axe.run({ runOnly: { type: "rule", values: [RULE] },
      resultTypes: ["violations", "passes"], elementRef: true });
    elements.forEach((element) => element.removeAttribute(MARK));
    const good = results.passes.flatMap((rule) => rule.nodes.map((node) => look(node.element)));
    const bad = results.violations.flatMap((rule) => rule.nodes.map((node) => look(node.element)));
    good.filter((one) => !bad.includes(one)).forEach((one) => known.add(one));
    return results.violations;
  };
  const texts = [...document.querySelectorAll("body *")].filter((element) =>
    element.matches("input, select, textarea, button")
    || [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
  const open = texts.filter((element) => !known.has(look(element)));
  const firsts = new Set(new Map(open.map((element) => [look(element), element])).values());
  const violations = await judge([...firsts]);
  violations.push(...await judge(
    open.filter((element) => !firsts.has(element) && !known.has(look(element)))));
  const others = await axe.run({ ...options, rules: { [RULE]: { enabled: false } } });
  return [[...violations, ...others.violations], [...known]];
}"""


def violations(page: Page, passed: Iterable[str] = ()) -> tuple[list[Any], set[str]]:
    """What axe finds on a page it was loaded into, and the looks whose contrast is right."""
    bad, known = page.evaluate(JUDGE, [AXE, list(passed)])
    return bad, set(known)
