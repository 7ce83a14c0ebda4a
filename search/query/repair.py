"""From tokens in any order to a well-formed nest of them, with a warning for everything that was put right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from search.query.scan import Token
from search.result import QueryWarning

_BINARY = ("and", "or")
_BEFORE = ("not", "must")
_OPERATORS = (*_BINARY, *_BEFORE)
_NOTHING = Token("nothing", 0)
_NAMES = {"and": "AND", "or": "OR", "not": "NOT or -", "must": "+"}


@dataclass(slots=True)
class Group:
    """What stands between two parentheses."""

    position: int
    items: list[Token | Group] = field(default_factory=list)
    boost: float = 1.0


def repair(tokens: Sequence[Token]) -> tuple[Group, list[QueryWarning]]:
    """The tokens as nested groups in which every operator has what it needs: ``and`` and ``or`` stand between two
    operands, ``not`` and ``must`` before one, no group is empty, and no ``name`` is left. Cost: linear."""
    warnings: list[QueryWarning] = []
    top = _nest(tokens, warnings)
    return _well_formed(top, warnings), warnings


def _nest(tokens: Sequence[Token], warnings: list[QueryWarning]) -> Group:
    stack = [Group(0)]
    for token in tokens:
        if token.kind == "open":
            stack.append(Group(token.position))
        elif token.kind == "close" and len(stack) > 1:
            group = stack.pop()
            group.boost = token.boost
            stack[-1].items.append(group)
        elif token.kind == "close":
            warnings.append(
                _warning("unbalanced_parenthesis", token.position, "A parenthesis is closed that was not open.")
            )
        else:
            stack[-1].items.append(token)
    while len(stack) > 1:
        group = stack.pop()
        stack[-1].items.append(group)
        warnings.append(
            _warning("unbalanced_parenthesis", group.position, "A parenthesis is not closed; it was closed at the end.")
        )
    return stack[0]


def _well_formed(group: Group, warnings: list[QueryWarning]) -> Group:
    """The group with its operators put right, its subgroups first."""
    kept = Group(group.position, boost=group.boost)
    waiting: list[Token] = []  # an and/or, then a not/must, that still need the operand to come
    has_left = False
    items = list(_operands(group, warnings))
    for place, item in enumerate(items):
        if isinstance(item, Token) and item.kind in _OPERATORS:
            _take_operator(item, waiting, has_left, warnings)
            continue
        has_left = item is not _NOTHING
        if not has_left:
            warnings.extend(map(_dangling, waiting))
            waiting.clear()
            continue
        bound = bool(waiting) or _is_binary(items[place + 1 : place + 2])
        kept.items.extend(waiting)
        waiting.clear()
        # A word split at its colon is one operand where an operator binds it, two plain words elsewhere.
        if isinstance(item, Group) and item.position < 0 and not bound:
            kept.items.extend(item.items)
        else:
            kept.items.append(item)
    warnings.extend(map(_dangling, waiting))
    return kept


def _is_binary(following: Sequence[Token | Group]) -> bool:
    return any(isinstance(item, Token) and item.kind in _BINARY for item in following)


def _take_operator(operator: Token, waiting: list[Token], has_left: bool, warnings: list[QueryWarning]) -> None:
    """Lets an operator wait for its operand, or drops it or the one that it leaves without an operand."""
    last = waiting[-1] if waiting else None
    if operator.kind in _BINARY:
        if last is not None and last.kind in _BEFORE:
            warnings.append(_dangling(waiting.pop()))
            last = waiting[-1] if waiting else None
        if last is not None:
            warnings.append(_doubled(operator))
        elif not has_left:
            warnings.append(_dangling(operator))
        else:
            waiting.append(operator)
    elif last is not None and last.kind in _BEFORE:
        warnings.append(_doubled(operator))
    else:
        waiting.append(operator)


def _operands(group: Group, warnings: list[QueryWarning]) -> Iterator[Token | Group]:
    """The items of a group, its subgroups well-formed, names joined with what they precede; :data:`_NOTHING` for an
    operand that came to nothing."""
    names: list[Token] = []
    for item in group.items:
        if isinstance(item, Token) and item.kind == "name":
            names.append(item)
            continue
        operand = _operand(item, warnings)
        joins = operand is not _NOTHING and not (isinstance(operand, Token) and operand.kind in _OPERATORS)
        if names and joins:
            yield Group(-1, [*names, operand])
        else:
            yield from (*names, operand)
        names.clear()
    yield from names


def _operand(item: Token | Group, warnings: list[QueryWarning]) -> Token | Group:
    if isinstance(item, Token):
        return _NOTHING if item.kind == "nothing" else item
    operand = _well_formed(item, warnings)
    if operand.items:
        return operand
    warnings.append(_warning("empty_group", item.position, "There is nothing to search for in a parenthesis."))
    return _NOTHING


def _dangling(operator: Token) -> QueryWarning:
    name = _NAMES[operator.kind]
    return _warning("dangling_operator", operator.position, f"{name} has nothing to join; it was left out.")


def _doubled(operator: Token) -> QueryWarning:
    name = _NAMES[operator.kind]
    return _warning("doubled_operator", operator.position, f"{name} follows another operator; it was left out.")


def _warning(code: str, position: int, message: str) -> QueryWarning:
    return QueryWarning(message, position, code)
