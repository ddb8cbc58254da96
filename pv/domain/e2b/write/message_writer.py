"""One walk over the forms and a message's tree, into XML text in the schema's order.

Source: domain 6.
"""

from collections.abc import Set as AbstractSet
from dataclasses import replace

from pv.domain.e2b.characters import attribute, text
from pv.domain.e2b.fragments import fingerprint
from pv.domain.e2b.message import (
    DEVICE_GROUP,
    DRUG_GROUP,
    MATRIX_GROUP,
    MATRIX_REACTION,
    Kept,
    Node,
    Null,
)
from pv.domain.e2b.schema_tree import ANCHOR_ID
from pv.domain.e2b.skeleton import CLASSES
from pv.domain.e2b.write.compiled_writer import Form
from pv.domain.e2b.write.datatypes import SHAPES
from pv.domain.e2b.write.unmapped_content import kept_behind, kept_in, received, with_kept

RELATEDNESS = "G.k.9.i.2.r"
DOSAGE_GROUP = "G.k.4.r"


class Writing:
    """The writing of one message or wrapper."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.drugs: list[Node] = []
        self._reaction = ""
        self._drug = ""

    def emit(self, form: Form, node: Node, present: AbstractSet[str]) -> bool:
        """Write a form as often as the node asks for it; False when there was nothing to say."""
        if form.assessment:
            return self._assess(form)
        if form.repeats is not None:
            wrote = False
            for instance in node.groups.get(form.repeats, ()):
                wrote = self._body(form, instance, spoken(instance)) or wrote
            return wrote
        if form.linked:
            return self._link(form, node)
        if not form.always and form.needs.isdisjoint(present):
            return False
        if form.unless and _said_twice(form, node):
            return False
        return self._body(form, node, present)

    def _body(self, form: Form, node: Node, present: AbstractSet[str]) -> bool:
        out = self.out
        if node.fragments:
            original = self._original(form, node)
            if original:
                out.append(original)
                return True
        if form.shape is not None:
            written = SHAPES[form.shape](form, node)
            if written:
                out.append(written)
            return bool(written)
        mark = len(out)
        out.append(form.head)
        said = self._attributes(form, node)
        items, inside = form.items, ""
        if node.fragments or node.verbatims:
            extra, inside = kept_in(form, node)
            out.append(extra)
            items, kept = with_kept(form, node)
            said = said or kept or bool(extra or inside)
        value = node.values.get(form.text) if form.text is not None else None
        if isinstance(value, Null):
            out.append(f' nullFlavor="{attribute(value.flavor)}"')
            said = True
        if not items and not isinstance(value, str) and not inside:
            out.append("/>")
        else:
            out.append(">")
            if inside:
                out.append(inside)
            if isinstance(value, str):
                out.append(text(value))
                said = True
            said = self._inside(items, node, present, said)
            if form.reference is not None:
                self._refer(form, form.reference, node)
            if out[-1] == ">":
                out[-1] = "/>"
            else:
                out.append(form.close)
        if said or form.always:
            return True
        del out[mark:]
        return False

    def _original(self, form: Form, node: Node) -> str:
        """The element as it was received, as long as it says what the values say."""
        for kept in node.fragments:
            if kept.kind is Kept.ORIGINAL and kept.place == form.path:
                return kept.xml if kept.after == fingerprint(node, form.codes) else ""
        return ""

    def _inside(
        self, items: tuple[str | Form, ...], node: Node, present: AbstractSet[str], said: bool
    ) -> bool:
        before = False
        blanks: list[tuple[int, str]] = []
        for item in items:
            if isinstance(item, str):
                self.out.append(item)
                continue
            mark = len(self.out)
            wrote = self.emit(item, node, present)
            if wrote and item.position == 2 and not before:
                self.out.insert(mark, f"<{item.tag}/>")
            elif item.blank and not wrote:
                blanks.append((mark, item.blank))
            before = wrote if item.position == 1 else before
            said = said or wrote
        for mark, blank in reversed(blanks if said else ()):
            self.out.insert(mark, blank)
        return said

    def _attributes(self, form: Form, node: Node) -> bool:
        out = self.out
        said = False
        flavor = None
        for name, code in form.attributes:
            value = node.values.get(code)
            if code == ANCHOR_ID and node.id is not None:
                out.append(_named(node.id))
                said = True
            elif isinstance(value, str):
                out.append(f' {name}="{attribute(value)}"')
                said = True
                if code == form.code and node.names:
                    self._show(node.name_of(code))
                if code == form.code and form.system is not None:
                    self._system(form, node.qualifiers.get(code, form.system))
                elif name == "value":
                    self._unit(form, node, code)
            elif isinstance(value, Null):
                flavor = value.flavor
        if flavor is not None:
            out.append(f' nullFlavor="{attribute(flavor)}"')
            said = True
        if form.code is not None and not isinstance(node.values.get(form.code), str):
            silent = flavor is not None and not form.told_by_value
            self._system(form, form.system if not silent and _speaks(form) else None)
        return said

    def _show(self, name: str | None) -> None:
        if name:
            self.out.append(f' displayName="{attribute(name)}"')

    def _system(self, form: Form, system: str | None) -> None:
        if system:
            self.out.append(f' codeSystem="{attribute(system)}"')

    def _unit(self, form: Form, node: Node, code: str) -> None:
        unit = form.unit
        if form.own_unit is not None:
            unit = node.qualifiers.get(code, node.text("F.r.3.3") or "")
        if unit:
            self.out.append(f' unit="{attribute(unit)}"')

    def _link(self, form: Form, drug: Node) -> bool:
        wrote = False
        for entry in drug.groups.get(MATRIX_GROUP, ()):
            self._reaction = entry.text(MATRIX_REACTION) or ""
            wrote = self._body(form, entry, spoken(entry)) or wrote
        return wrote

    def _assess(self, form: Form) -> bool:
        """Assessments stand outside the drugs, so all drugs write theirs here, in order."""
        wrote = False
        for drug in self.drugs:
            self._drug = drug.id or ""
            self._reaction = ""
            if form.repeats is None:
                wrote = self._body(form, drug, spoken(drug)) or wrote
                continue
            for entry in drug.groups.get(MATRIX_GROUP, ()):
                self._reaction = entry.text(MATRIX_REACTION) or ""
                for instance in entry.groups.get(RELATEDNESS, ()):
                    wrote = self._body(form, instance, spoken(instance)) or wrote
                bare = len(entry.values) == 1 and not entry.fragments
                if not entry.groups.get(RELATEDNESS) and bare:
                    self._unassessed(form)
                    wrote = True
        return wrote

    def _unassessed(self, form: Form) -> None:
        """A pair of drug and reaction that nobody assessed is said by an empty assessment."""
        act = form.parts["causalityAssessment"]
        constants = [item for item in act.items if isinstance(item, str)]
        self.out += [form.head, ">", act.head, ">", *constants]
        self._refer(act, "assessment", Node(RELATEDNESS))
        self.out += [act.close, form.close]

    def _refer(self, form: Form, kind: str, node: Node) -> None:
        reaction = f"<id{_named(self._reaction)}/>"
        if kind == "assessment":
            if self._reaction:
                self._point(form, node, "subject1", "adverseEffectReference", reaction)
            self.out += kept_behind(form, node, "subject1")
            drug = f"<id{_named(self._drug)}/>"
            self._point(form, node, "subject2", "productUseReference", drug)
            self.out += kept_behind(form, node, "subject2")
            return
        act = f"<actReference {CLASSES['actReference']}>{reaction}</actReference>"
        if kind == "observation":
            act = f'<outboundRelationship1 typeCode="REFR">{act}</outboundRelationship1>'
        tag = "outboundRelationship1" if kind == "observation" else "actReference"
        self.out.append(received(node, f"{form.path}/{tag}") or act)

    def _point(self, form: Form, node: Node, tag: str, reference: str, number: str) -> None:
        self.out.append(
            received(node, f"{form.path}/{tag}")
            or f'<{tag} typeCode="SUBJ"><{reference} {CLASSES[reference]}>{number}'
            f"</{reference}></{tag}>"
        )


def _named(name: str) -> str:
    """An identifier as attributes: its root, its extension or both."""
    root, mark, extension = name.partition("^")
    said = f' root="{attribute(root)}"' if root or not mark else ""
    return f'{said} extension="{attribute(extension)}"' if mark else said


def write_node(form: Form, node: Node) -> list[str]:
    """A message's XML in parts."""
    node, writing = _with_devices_dosed(node), Writing()
    writing.drugs = node.each(DRUG_GROUP)
    writing.emit(form, node, spoken(node))
    return writing.out


def _with_devices_dosed(node: Node) -> Node:
    """The message with the devices of an advanced therapy where EMA writes and looks for them.

    EMA's own instances have them with the dosage; a drug without a dosage keeps them itself.
    """
    drugs = []
    for drug in node.each(DRUG_GROUP):
        devices, dosages = drug.each(DEVICE_GROUP), drug.each(DOSAGE_GROUP)
        if devices and dosages:
            first = replace(dosages[0], groups={**dosages[0].groups, DEVICE_GROUP: devices})
            groups = {name: rows for name, rows in drug.groups.items() if name != DEVICE_GROUP}
            drug = replace(drug, groups={**groups, DOSAGE_GROUP: [first, *dosages[1:]]})
        drugs.append(drug)
    return replace(node, groups={**node.groups, DRUG_GROUP: drugs}) if drugs else node


def _said_twice(form: Form, node: Node) -> bool:
    """Whether the region that shares this place has said the same in it."""
    first = node.values.get(form.unless)
    return first is not None and all(node.values.get(c) == first for c in form.codes)


def spoken(node: Node) -> AbstractSet[str]:
    """What an instance has something to say of: elements, groups and places."""
    said = set(node.values)
    said.update(node.groups)
    said.update(node.verbatims)
    if node.id is not None:
        said.add(ANCHOR_ID)
    for kept in node.fragments:
        said.update((kept.place, kept.place.rpartition("/")[0]))
    return said


def _speaks(form: Form) -> bool:
    return form.spoken or form.told_by_value
