"""What a statement binds and imports, read from its tree."""

from __future__ import annotations

import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_TYPE_ALIAS = getattr(ast, "TypeAlias", ())


class FromImport:
    """``from module import name as local``; a star has the name ``*``. ``module`` is absolute."""

    __slots__ = ("local", "module", "name")

    def __init__(self, module: str, name: str, local: str) -> None:
        self.module = module
        self.name = name
        self.local = local


def bound(node: ast.stmt) -> tuple[str, ...]:
    """The names that ``node`` binds in the scope where it stands, each once, in order; those that a ``del`` takes away."""
    if isinstance(node, ast.Delete):
        return tuple(target.id for target in node.targets if isinstance(target, ast.Name))
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return (node.name, *_bound_in([*node.decorator_list]))
    return tuple(dict.fromkeys(_bound_in([node])))


def _bound_in(nodes: list[ast.AST]) -> Iterator[str]:
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                yield node.id
            continue
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
            continue
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0]
            continue
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name != "*":
                    yield alias.asname or alias.name
            continue
        if isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
            yield node.name
        elif isinstance(node, ast.MatchMapping) and node.rest:
            yield node.rest
        if isinstance(node, _COMPREHENSIONS):
            # its loop variables are its own; a walrus in it is not
            for inner in ast.walk(node):
                if isinstance(inner, ast.NamedExpr):
                    yield from _bound_in([inner.target])
            continue
        nodes.extend(reversed(list(ast.iter_child_nodes(node))))


def reads(node: ast.AST, name: str) -> bool:
    """Whether running ``node`` looks at ``name`` before binding it anew."""
    if isinstance(node, ast.Delete):
        return name in bound(node)
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
        return True
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        parts: list[ast.AST] = [
            *node.decorator_list,
            *node.args.defaults,
            *(d for d in node.args.kw_defaults if d),
        ]
    elif isinstance(node, ast.ClassDef):
        parts = [*node.decorator_list, *node.bases, *node.keywords]
    else:
        parts = [node]
    return any(
        isinstance(inner, ast.Name) and inner.id == name and isinstance(inner.ctx, ast.Load)
        for part in parts
        for inner in ast.walk(part)
    )


def is_initialiser(node: ast.stmt) -> bool:
    """Whether ``node`` does nothing but give names their values."""
    if isinstance(node, ast.Assign):
        return all(_only_names(target) for target in node.targets)
    if isinstance(node, ast.AnnAssign):
        return isinstance(node.target, ast.Name) and node.value is not None
    if isinstance(node, ast.AugAssign):
        return isinstance(node.target, ast.Name)
    return isinstance(node, _TYPE_ALIAS) if _TYPE_ALIAS else False


def _only_names(target: ast.expr) -> bool:
    if isinstance(target, (ast.Tuple, ast.List)):
        return all(_only_names(item) for item in target.elts)
    if isinstance(target, ast.Starred):
        return _only_names(target.value)
    return isinstance(target, ast.Name)


def attributes(node: ast.ClassDef, prefix: str) -> Iterator[str]:
    """What the body of a class assigns, as ``Class.attribute``; that of classes in it too."""
    path = f"{prefix}{node.name}."
    for inner in node.body:
        if isinstance(inner, (ast.Assign, ast.AnnAssign)):
            for target in inner.targets if isinstance(inner, ast.Assign) else [inner.target]:
                if isinstance(target, ast.Name):
                    yield path + target.id
        elif isinstance(inner, ast.ClassDef):
            yield from attributes(inner, path)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """``node`` and the statements in it, without their expressions: most of a tree is expressions."""
    yield node
    pending = [node]
    while pending:
        for inner in ast.iter_child_nodes(pending.pop()):
            if isinstance(inner, (ast.stmt, ast.excepthandler, ast.match_case)):
                yield inner
                if not isinstance(inner, (ast.Assign, ast.Expr, ast.Return)):
                    pending.append(inner)


def imports(node: ast.AST, package: str, *, dynamic: bool = True) -> tuple[list[str], list[FromImport]]:
    """Modules that ``node`` imports, wherever in it, and the names that it takes from them. ``dynamic``: look for calls too."""
    modules: list[str] = []
    taken: list[FromImport] = []
    for inner in ast.walk(node) if dynamic else _statements(node):
        if isinstance(inner, ast.Import):
            modules += [alias.name for alias in inner.names]
        elif isinstance(inner, ast.ImportFrom):
            module = absolute(inner.module or "", inner.level, package)
            modules.append(module)
            for alias in inner.names:
                taken.append(FromImport(module, alias.name, alias.asname or alias.name))
                if alias.name != "*":
                    modules.append(f"{module}.{alias.name}")  # it may be a module itself
        elif isinstance(inner, ast.Call):
            # import_module("a.b"), __import__("a.b")
            callee = inner.func
            name = (
                callee.attr
                if isinstance(callee, ast.Attribute)
                else callee.id
                if isinstance(callee, ast.Name)
                else ""
            )
            if (
                name in {"import_module", "__import__"}
                and inner.args
                and isinstance(inner.args[0], ast.Constant)
            ):
                value = inner.args[0].value
                if isinstance(value, str):
                    level = len(value) - len(value.lstrip("."))
                    modules.append(absolute(value[level:], level, package))
    return modules, taken


def absolute(module: str, level: int, package: str) -> str:
    """The absolute name of a module that is imported relatively from ``package``."""
    if not level:
        return module
    base = package
    for _ in range(level - 1):
        base = base.rpartition(".")[0]
    return f"{base}.{module}" if module and base else module or base
