"""axe on a page, with the contrast of each look of a text judged once.

The contrast of texts costs more than all other rules of axe together, and follows from the colour
and size of the text and from the layers it lies in. So of the texts that look alike, on one page
or on an earlier one, one is enough; a look of which axe could judge none is asked of every text.

Only a contrast that axe worked out counts: it passes what nobody sees too. A text that lies partly
out of a coloured layer of its own, or over a coloured neighbour, has its contrast from where it
happens to lie: it is asked each time, and is no example of others.
"""

from collections.abc import Iterable
from typing import Any

from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What axe tells of rules that passed is most of its work; violations are told in full.
AXE = {"runOnly": RULES, "resultTypes": ["violations"]}
JUDGE = """async ([options, passed]) => {
  const RULE = "color-contrast", MARK = "data-contrast";
  const TEXT = ["color", "webkitTextFillColor", "fontSize", "fontWeight", "textShadow",
    "webkitTextStrokeWidth", "webkitTextStrokeColor"];
  const LAYER = ["backgroundColor", "backgroundImage", "opacity", "position", "filter",
    "mixBlendMode", "backgroundClip"];
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
  const plain = "rgba(0, 0, 0, 0),none,1,static,none,normal,border-box";
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
  const clear = (color) => color.startsWith("rgba(") && color.endsWith(", 0)");
  const paints = (element) => {
    const style = getComputedStyle(element);
    return style.visibility === "visible" && (!clear(style.backgroundColor)
      || style.backgroundImage !== "none"
      || element.matches("img, svg, canvas, video, object, iframe"));
  };
  // The canvas, which the root paints or else the body, has no edge a text could lie over.
  const layered = paints(document.documentElement) ? "body, body *" : "body *";
  const painted = [...document.querySelectorAll(layered)].filter(paints)
    .map((element) => [element, element.getBoundingClientRect()])
    .filter(([, box]) => box.width && box.height);
  const boxOf = new Map(painted);
  const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
    && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  const within = (a, b) => a.left > b.left - 1 && a.right < b.right + 1
    && a.top > b.top - 1 && a.bottom < b.bottom + 1;
  const boxes = (element) => {
    if (element.matches("input, select, textarea")) return [...element.getClientRects()];
    const range = document.createRange();
    return [...element.childNodes].flatMap((node) => {
      if (node.nodeType !== 3 || !node.data.trim()) return [];
      range.selectNode(node);
      return [...range.getClientRects()];
    });
  };
  const strays = (element) => {
    const own = boxes(element), around = new Set();
    for (let each = element; each; each = each.parentElement)
      if (boxOf.has(each)) around.add(each);
    return [...around].some((each) => !own.every((one) => within(one, boxOf.get(each))))
      || painted.some(([each, box]) => own.some((one) => over(one, box)) && !around.has(each));
  };
  const seen = (node) => typeof node.any[0]?.data?.contrastRatio === "number";
  const judge = async (elements) => {
    if (!elements.length) return [];
    elements.forEach((element) => element.setAttribute(MARK, ""));
    axe.configure({ rules: [{ id: RULE, selector: `[${MARK}]` }] });
    const results = await axe.run({ runOnly: { type: "rule", values: [RULE] },
      resultTypes: ["violations", "passes"], elementRef: true });
    elements.forEach((element) => element.removeAttribute(MARK));
    const looksOf = (rules, fits) => rules.flatMap((rule) => rule.nodes
      .filter((node) => fits(node) && !alone.has(node.element)).map((node) => look(node.element)));
    const bad = new Set(looksOf(results.violations, () => true));
    looksOf(results.passes, seen).filter((one) => !bad.has(one)).forEach((one) => known.add(one));
    return results.violations;
  };
  const texts = [...document.querySelectorAll("body, body *")].filter((element) =>
    element.matches("input, select, textarea, button")
    || [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
  const alone = new Set(texts.filter(strays));
  const open = texts.filter((element) => !alone.has(element) && !known.has(look(element)));
  const firsts = new Set(new Map(open.map((element) => [look(element), element])).values());
  const violations = await judge([...firsts, ...alone]);
  violations.push(...await judge(
    open.filter((element) => !firsts.has(element) && !known.has(look(element)))));
  const others = await axe.run({ ...options, rules: { [RULE]: { enabled: false } } });
  return [[...violations, ...others.violations], [...known]];
}"""


def violations(page: Page, passed: Iterable[str] = ()) -> tuple[list[Any], set[str]]:
    """What axe finds on a page it was loaded into, and the looks whose contrast is right."""
    bad, known = page.evaluate(JUDGE, [AXE, list(passed)])
    return bad, set(known)
