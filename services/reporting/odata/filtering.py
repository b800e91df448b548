"""`$filter` and `$orderby` over rows. Pure: what an expression means does not depend on the database below.

Reading the syntax is left to odata-query. Source of the meanings: OData 4.0 Part 2, URL Conventions, 5.1.1. A
comparison with null is false but for `eq null` and `ne null`; what is asked about nothing is neither true nor false.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from odata_query import ast
from odata_query.exceptions import ODataException, UnknownFunctionException
from odata_query.grammar import ODataLexer, ODataParser

from services.reporting.odata.columns import Column, Row
from shared.problems import BadQuestion, Fault, NotOffered

Kind = str | None  # "text", "number", "day", "truth"; None is null, which goes with each of them.

_KINDS: Final[dict[str, Kind]] = {
    "Edm.String": "text",
    "Edm.Int64": "number",
    "Edm.Decimal": "number",
    "Edm.Date": "day",
    "Edm.Boolean": "truth",
}
_LITERALS: Final[dict[type, Kind]] = {
    ast.String: "text",
    ast.GUID: "text",
    ast.Integer: "number",
    ast.Float: "number",
    ast.Date: "day",
    ast.Boolean: "truth",
    ast.Null: None,
}
_ORDERED: Final[dict[type, Callable[[Any, Any], bool]]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}
_COMPARED: Final[dict[type, Callable[[Any, Any], bool]]] = {ast.Eq: operator.eq, ast.NotEq: operator.ne}
_FUNCTIONS: Final[dict[str, tuple[tuple[Kind, ...], Kind, Callable[..., Any]]]] = {
    "contains": (("text", "text"), "truth", operator.contains),
    "startswith": (("text", "text"), "truth", str.startswith),
    "endswith": (("text", "text"), "truth", str.endswith),
    "tolower": (("text",), "text", str.lower),
    "toupper": (("text",), "text", str.upper),
    "trim": (("text",), "text", str.strip),
    "length": (("text",), "number", len),
    "year": (("day",), "number", operator.attrgetter("year")),
    "month": (("day",), "number", operator.attrgetter("month")),
    "day": (("day",), "number", operator.attrgetter("day")),
}
_DEEPEST: Final = 100  # Levels of an expression: more than any question, fewer than Python's own limit.


@dataclass(frozen=True, slots=True)
class _Expression:
    kind: Kind
    of: Callable[[Row], Any]


def read_filter(written: str) -> ast._Node:
    """The expression. Raises `BadQuestion` if it cannot be read, `NotOffered` for functions nobody knows."""
    try:
        read: ast._Node | None = ODataParser().parse(ODataLexer().tokenize(written))
    except UnknownFunctionException as error:
        raise NotOffered("/query/$filter") from error
    except (ODataException, RecursionError) as error:
        raise _wrong() from error
    if read is None:
        raise _wrong()
    return read


def matching(read: ast._Node, columns: Mapping[str, Column]) -> Callable[[Row], bool]:
    """Which rows the expression is true of. Raises `BadQuestion` for unknown columns and kinds that do not fit."""
    expression = _expression(read, columns, _DEEPEST)
    if expression.kind != "truth":
        raise _wrong()
    return lambda row: expression.of(row) is True


def asked_for(read: ast._Node | None, column: str) -> frozenset[str] | None:
    """The texts a column must have for the expression to be true of a row; None where it may have any."""
    match read:
        case ast.BoolOp(op=ast.And()):
            left, right = asked_for(read.left, column), asked_for(read.right, column)
            return (
                left & right if left is not None and right is not None else left if right is None else right
            )
        case ast.Compare(comparator=ast.Eq(), left=ast.Identifier(name=name), right=ast.String(val=value)):
            return frozenset({value}) if name == column else None
        case ast.Compare(comparator=ast.In(), left=ast.Identifier(name=name), right=ast.List(val=values)):
            texts = frozenset(value.val for value in values if isinstance(value, ast.String))
            return texts if name == column else None
    return None


def ordering(written: str, columns: Mapping[str, Column]) -> list[tuple[str, bool]]:
    """The columns of `$orderby`, and whether each goes downwards.

    Raises `BadQuestion` for what is no column, `NotOffered` for expressions.
    """
    found = []
    for item in written.split(","):
        if "(" in item or "/" in item:
            raise NotOffered("/query/$orderby")
        match item.split():
            case [name] | [name, "asc"] if name in columns:
                found.append((name, False))
            case [name, "desc"] if name in columns:
                found.append((name, True))
            case _:
                raise _wrong("$orderby")
    return found


def sorted_by(rows: list[Row], order: list[tuple[str, bool]], key: str) -> list[Row]:
    """The rows in the order asked for and then of their key; null comes before everything."""
    for name, downwards in reversed([*order, (key, False)]):
        rows = sorted(rows, key=_null_first(name), reverse=downwards)
    return rows


def _null_first(name: str) -> Callable[[Row], tuple[bool, Any]]:
    return lambda row: (row[name] is not None, row[name] if row[name] is not None else 0)


def _expression(node: ast._Node, columns: Mapping[str, Column], depth: int) -> _Expression:
    if depth == 0:
        raise _wrong()

    def within(part: ast._Node) -> _Expression:
        return _expression(part, columns, depth - 1)

    match node:
        case ast.Identifier(name=name, namespace=()) if name in columns:
            return _Expression(_KINDS[columns[name].type], operator.itemgetter(name))
        case ast.Compare(comparator=ast.In(), left=left, right=ast.List(val=values)):
            return _one_of(within(left), [within(value) for value in values])
        case ast.Compare():
            return _compared(node.comparator, within(node.left), within(node.right))
        case ast.BoolOp():
            return _joined(node.op, within(node.left), within(node.right))
        case ast.UnaryOp(op=ast.Not()):
            return _called("truth", operator.not_, [(within(node.operand), "truth")])
        case ast.Call(func=ast.Identifier(name=name)) if name in _FUNCTIONS:
            takes, gives, call = _FUNCTIONS[name]
            return _called(gives, call, list(zip(map(within, node.args), takes, strict=True)))
        case ast.Call() | ast.BinOp() | ast.UnaryOp() | ast.CollectionLambda() | ast.Attribute():
            raise NotOffered("/query/$filter")
    return _literal(node)


def _literal(node: ast._Node) -> _Expression:
    if type(node) not in _LITERALS:
        raise _wrong()
    try:
        value = node.val if isinstance(node, ast.GUID) else node.py_val  # type: ignore[attr-defined]
    except ValueError:
        raise _wrong() from None
    return _Expression(_LITERALS[type(node)], lambda _row: value)


def _compared(comparator: ast._Node, left: _Expression, right: _Expression) -> _Expression:
    _check_alike(left, right)
    if type(comparator) in _COMPARED:
        same = _COMPARED[type(comparator)]
        return _Expression("truth", lambda row: same(left.of(row), right.of(row)))
    if type(comparator) not in _ORDERED:
        raise NotOffered("/query/$filter")
    holds = _ORDERED[type(comparator)]

    def compare(row: Row) -> bool:
        one, other = left.of(row), right.of(row)
        return one is not None and other is not None and holds(one, other)

    return _Expression("truth", compare)


def _one_of(one: _Expression, parts: list[_Expression]) -> _Expression:
    for part in parts:
        _check_alike(one, part)
    return _Expression("truth", lambda row: any(one.of(row) == part.of(row) for part in parts))


def _joined(op: ast._Node, left: _Expression, right: _Expression) -> _Expression:
    """`and`, `or`: what decides alone decides; otherwise nothing known on either side is nothing known."""
    for part in (left, right):
        _check(part, "truth")
    decides = isinstance(op, ast.Or)

    def join(row: Row) -> bool | None:
        seen = list(_until(decides, left, right, row))
        return decides if decides in seen else None if None in seen else not decides

    return _Expression("truth", join)


def _until(decides: bool, left: _Expression, right: _Expression, row: Row) -> Iterator[bool | None]:
    first = left.of(row)
    yield first
    if first is not decides:
        yield right.of(row)


def _called(gives: Kind, call: Callable[..., Any], taken: list[tuple[_Expression, Kind]]) -> _Expression:
    for argument, kind in taken:
        _check(argument, kind)

    def ask(row: Row) -> Any:
        values = [argument.of(row) for argument, _ in taken]
        return None if None in values else call(*values)

    return _Expression(gives, ask)


def _check_alike(left: _Expression, right: _Expression) -> None:
    if left.kind is not None:
        _check(right, left.kind)


def _check(expression: _Expression, kind: Kind) -> None:
    if expression.kind not in (None, kind):
        raise _wrong()


def _wrong(option: str = "$filter") -> BadQuestion:
    return BadQuestion(faults=(Fault(f"/query/{option}", "wrong-form"),))
