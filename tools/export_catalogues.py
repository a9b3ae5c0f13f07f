#!/usr/bin/env python3
"""Exports catalogues from random runs of the executable planner model.

    tools/export_catalogues.py MODEL [--out OUT] [--cases N] [--seed S]
    tools/export_catalogues.py MODEL --named FILE

MODEL is the folder with state.py, planner.py and sim.py. OUT is a folder, or a
file .tar.xz of one (14 MB of JSON are 0.6 MB then). Each line of
CONFIG-RENAME.jsonl in it is one case: the catalogue as it was after the last
normalisation, what changed until the next one began, what that one changed,
and the plan that follows. The C++ planner must give the same
(tests/model/planner_agreement_test.cc; WSFS_CATALOGUES names a folder of
freshly exported ones).

--named writes the model's named cases instead (planner.md section 13): what
is done, and the calls that followed, one case a line. In `ops`, "f" is
somebody else's call; in `calls`, "!" marks a refused one.

Ids: the model's root 0 becomes 1, "none" becomes 0. Deterministic for a seed.
"""

import argparse
import json
import pathlib
import random
import sys
import tarfile
import tempfile

CONFIGS = ['calm', 'foreign', 'faults', 'all', 'power', 'new-ids', 'crash']
RENAMES = ['replace', 'absent']
FIELDS_OF_NODE = ['parent', 'name', 'kind', 'place', 'gen', 'data', 'bind',
                  'src', 'loaded', 'writers', 'touched', 'closed', 'intent',
                  'again', 'refused']
FIELDS_OF_OBJECT = ['parent', 'name', 'view', 'kind', 'lang', 'fmt', 'oid',
                    'mt', 'gen', 'base', 'r', 'rdata', 'fresh', 'intent',
                    'touched', 'again']


def key(number):
    """A row of the model, as we number them."""
    if number is None or number == -1:
        return 0
    return 1 if number == 0 else number


def text(path):
    return '/' + '/'.join(path)


def intent(it):
    if it is None:
        return None
    out = {}
    for name, value in it.items():
        if name in ('path', 'dst'):
            value = text(value)
        elif name in ('node', 'parent'):
            value = key(value)
        elif name in ('base', 'acked'):
            value = list(value)
        out[name] = value
    return out


def news(r):
    if r is None or isinstance(r, str):
        return r
    return {k: r[k] for k in ('id', 'kind', 'mt', 'lang', 'fmt')}


def row_of(thing, fields):
    out = {}
    for name in fields:
        value = getattr(thing, name)
        if name in ('parent', 'bind', 'src'):
            value = key(value)
        elif name == 'intent':
            value = intent(value)
        elif name == 'r':
            value = news(value)
        empty = name in ('data', 'base', 'rdata') and value == ''
        if value not in (None, '', False) or empty:
            out[name] = value
    return out


def snapshot(cat):
    rows = {f'n{key(n.id)}': row_of(n, FIELDS_OF_NODE)
            for n in cat.nodes.values()}
    rows |= {f'o{key(o.id)}': row_of(o, FIELDS_OF_OBJECT)
             for o in cat.objects.values()}
    return rows


def changes(before, after):
    """Rows that differ; null for those that went."""
    out = {k: v for k, v in after.items() if before.get(k) != v}
    out |= {k: None for k in before if k not in after}
    return out


def sides(cat):
    paths, rows = {}, []
    for k, until in cat.echo_delete.items():
        if k and isinstance(k[0], int):
            rows.append([key(k[0]), k[1], until])
        else:
            paths[text(k)] = until
    return {'echo': [[p[-1], content, until]
                     for (p, content), until in cat.echo.items()],
            'delete_paths': paths, 'delete_rows': rows}


def action_key(k):
    op, o, n = k
    return [op, 0 if o is None else key(o), 0 if n is None else key(n)]


def plan_of(cat, plan):
    return [{'key': action_key(a.key), 'ready': a.ready,
             'blockers': sorted({json.dumps(action_key(b)): action_key(b)
                                 for b in a.blockers}.values()),
             'dst': text(a.dst) if a.dst and a.op == 'move' else ''}
            for a in plan(cat).values()]


def shows_beside(changed, before):
    """The model names the second of two objects with one shown name its own
    way; which of them it is differs too."""
    for k, row in changed.items():
        if not k.startswith('o') or row is None or k not in before:
            continue
        was, view = before[k].get('view', ''), row.get('view', '')
        if view != was and view.startswith(was):
            return True
    return False


class Recorder:
    """Stands in the place of normalise() and writes down some of its runs."""

    def __init__(self, model, rng, wanted):
        self.model, self.rng, self.wanted = model, rng, wanted
        self.cases, self.last, self.left_out = [], None, 0

    def __call__(self, cat):
        before = snapshot(cat)
        self.model.normalise(cat)
        after = snapshot(cat)
        last, self.last = self.last, after
        if last is None or len(self.cases) >= self.wanted:
            return
        settled = changes(before, after)
        plan = plan_of(cat, self.model.plan)
        chance = 0.002 + 0.02 * bool(settled) + 0.001 * min(len(plan), 8)
        if self.rng.random() > chance:
            return
        if shows_beside(settled, before):
            self.left_out += 1
            return
        self.cases.append({
            'now': cat.now, 'next': self.next_before,
            'rename': cat.rename_cap, 'sides': sides(cat), 'last': last,
            'before': changes(last, before), 'after': settled, 'plan': plan})

    next_before = None


def export(args, out, config, rename):
    import fuzz
    import planner
    import sim
    rng = random.Random(f'{args.seed} {config} {rename}')
    recorder = Recorder(planner, rng, args.cases)

    def normalise(cat):
        recorder.next_before = cat.next + 1
        recorder(cat)

    sim.normalise = normalise
    seed = args.seed * 1000
    while len(recorder.cases) < args.cases:
        seed += 1
        recorder.last = None
        enough = recorder.wanted
        recorder.wanted = min(enough, len(recorder.cases) + args.per_world)
        steps = [seed * 100003 + i for i in range(args.steps)]
        sim.run(steps, **dict(fuzz.CONFIGS[config], rename=rename))
        recorder.wanted = enough
    path = out / f'{config}-{rename}.jsonl'
    with path.open('w') as file:
        for case in recorder.cases:
            file.write(json.dumps(case, separators=(',', ':')) + '\n')
    print(f'{path}: {len(recorder.cases)} cases, {recorder.left_out} left out, '
          f'worlds {args.seed * 1000 + 1} to {seed}')


def plain(value):
    """Paths as text; tuples as lists."""
    if isinstance(value, tuple):
        if value and all(isinstance(x, str) for x in value):
            return '/'.join(value)
        return [plain(x) for x in value]
    return value


def op_of(op):
    """The first word is the operation, whatever follows a path or a value."""
    return [op[0]] + [plain(x) for x in op[1:]]


def export_named(path):
    import cases
    lines = []
    for case in cases.CASES + cases.PROTOCOL:
        name, rename, ops, ids = case[:4]
        if callable(ops):
            continue               # stopped inside a call: not a list of steps
        trail, bad, conflicts, _ = cases.run_case(case)
        assert not bad, bad
        lines.append(json.dumps({
            'name': name, 'rename': rename == 'replace', 'cold': len(case) > 4
            and not case[4], 'ops': [op_of(op) for op in ops],
            'calls': trail, 'conflicts': [c[1] for c in conflicts],
            'keep': {plain(a): plain(b) for a, b in ids.items()}}))
    path.write_text('\n'.join(lines) + '\n')
    print(f'{path}: {len(lines)} cases')


def export_all(args, out):
    for config in CONFIGS:
        for rename in RENAMES:
            export(args, out, config, rename)


def pack(folder, archive):
    """The same bytes for the same files."""
    def plain_entry(info):
        info.mtime = info.uid = info.gid = 0
        info.uname = info.gname = ''
        info.mode = 0o644
        return info

    with tarfile.open(archive, 'w:xz', preset=9) as tar:
        for path in sorted(folder.glob('*.jsonl')):
            tar.add(path, arcname=path.name, filter=plain_entry)


def main():
    parser = argparse.ArgumentParser(
        description='Exports catalogues from the planner model.')
    parser.add_argument('model', type=pathlib.Path)
    parser.add_argument('--out', type=pathlib.Path,
                        default=pathlib.Path('tests/model/catalogues.tar.xz'))
    parser.add_argument('--cases', type=int, default=360, help='a file')
    parser.add_argument('--per-world', type=int, default=4)
    parser.add_argument('--steps', type=int, default=200)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--named', type=pathlib.Path)
    args = parser.parse_args()
    sys.path.insert(0, str(args.model))
    if args.named:
        export_named(args.named)
        return
    if not args.out.name.endswith('.tar.xz'):
        args.out.mkdir(parents=True, exist_ok=True)
        export_all(args, args.out)
        return
    with tempfile.TemporaryDirectory() as folder:
        export_all(args, pathlib.Path(folder))
        pack(pathlib.Path(folder), args.out)


if __name__ == '__main__':
    main()
