#!/usr/bin/env python3
"""Little chat templates with what transformers makes of them.

    python Tools/reference/template_goldens.py

Writes Tests/NeedletailTemplatesTests/Fixtures/templates.json: {"variables", "messages", "seconds", "cases": [{"template",
"text"} or {"template", "error", "message"?}, ...]}. `error` is "malformed" where Jinja cannot read the template, "raised"
where the template gives up, and "evaluation" for every other error. `render_jinja_template` of transformers renders each
case with the same variables; the time that a template asks for stands still at `seconds`.
"""

import datetime
import pathlib
import sys

import jinja2
from transformers.utils import chat_template_utils as chat

from provenance import metadata, write_json

FILE = pathlib.Path(__file__).parents[2] / "Tests/NeedletailTemplatesTests/Fixtures/templates.json"
SECONDS = 1795311909
TOOLS = [{"type": "function", "function": {
    "name": "find_bird", "description": "Finds a bird: \"swift\" <apus>", "parameters": {
        "type": "object", "required": ["name"], "properties": {
            "name": {"type": "string", "description": "Its näme"}, "count": {"type": ["integer", "null"]}}}}}]
MESSAGES = [
    {"role": "system", "content": "  You know birds.\n"},
    {"role": "user", "content": "Do swifts sleep?"},
    {"role": "assistant", "content": "<think>\nthey fly\n</think>\n\nIn the air.",
     "tool_calls": [{"type": "function", "function": {"name": "find_bird", "arguments": {"name": "swift", "count": 3}}}]},
    {"role": "tool", "content": "{\"found\": true}", "name": "find_bird"},
    {"role": "user", "content": [{"type": "text", "text": "And "}, {"type": "image"}, {"type": "text", "text": "these?"}]},
]
VARIABLES = {
    "bos_token": "<s>", "eos_token": "</s>", "x": 7, "y": -3, "f": 2.5, "z": 0, "big": 1.5e300, "tiny": 1.5e-7, "yes": True,
    "no": False, "nothing": None, "s": "Hello, World", "t": "  padded\t\n", "u": "Straße ΌΣΟΣ ǆ é", "e": "", "q": "it's \"so\"",
    "lines": "one\ntwo\r\n\nfour", "n": [3, 1, 2, 1], "w": ["pear", "Apple", "fig", "apple"], "empty": [], "nested": [[1, 2], [3]],
    "d": {"b": 2, "a": 1, "items": "key", "C": None}, "nodict": {}, "html": "<a href='x'>&\"</a>", "tools": TOOLS,
    "people": [{"name": "Ada", "age": 36, "at": {"x": 1}}, {"name": "bob", "age": 25, "at": {"x": 3}},
               {"name": "Cy", "age": 36, "at": {}}], "mixed": [1, "a", None, 2.5, True], "control": "a\u0001b\u007f\u2028c\n",
    "documents": [{"title": "One", "text": "first"}, {"title": "Two", "text": "second"}],
}

# Each between {{ and }}.
EXPRESSIONS = r"""
x, y, f, z, big, tiny
yes ~ no ~ nothing
x + y, x - y, x * y, x / y, x // y, x % y, x ** 2
-7 // 2, -7 % 2, 7 // -2, 7 % -2, 7.5 // -2, 7.5 % -2, -7.5 % 2, 2 ** -1, 2.0 ** 3, 4 ** 0.5
1_000 + 0x1F + 0b101 + 0o17, 1e3, 1.5e-3, 2E2, 1_0.2_5
10 / 5, 1 / 3, 1e22, 1e15, 1e16, 123456789012345678, 12345678901234567.0, 0.1 + 0.2, 1e-5, 0.0001, -0.0
-x, +x, -f, - -x, -yes, not x, not z, not not e
2 ** 3 ** 2, -2 ** 2, -x|abs, (-x)|abs, 2 + 3 * 4, (2 + 3) * 4
"a" ~ 1 ~ none ~ 2.0 ~ [1, "b"], "a" "b" 'c'
1 < 2 < 3, 1 < 3 < 2, 1 == 1.0 == true, "a" < "b", [1, 2] < [1, 3], (1,) == (1,), [1] == (1,), "é" == "e\u0301"
1 != 2, 1 >= 1, 2 <= 1, 2 > 1, none == none, undefined_one == undefined_two, d == {"a": 1, "b": 2, "items": "key", "C": none}
"ell" in s, "z" not in s, 1 in n, 9 in n, "a" in d, 1 in d, 2.0 in n, e in s, 1 in range(3), "x" in undefined_one
yes and 5, z and 5, z or "else", x or 1, z or e or none, not (yes and no)
"a" if yes else "b", "a" if no else "b", "a" if no, 1 if no else 2 if no else 3
[1, 2, 3], [], [1,], (1, 2), (1,), (), {"a": 1, 2: [3]}, {}, {"a": 1,}
(1, 2)[0], [1, 2, 3][-1], [1, 2, 3][9], "abc"[1], "abc"[-1], "abc"[5], d["a"], d["zz"], d.a, d.zz, d["items"], n.0, n.9
n[1:], n[:2], n[-2:], n[::-1], n[::2], n[5:], n[-9:2], s[:5], s[::-1], s[-5:], (1, 2, 3)[1:], n[3:0:-1], n[:], s[2:20:3]
range(3), range(1, 7, 2)|list, range(5)[1:3], range(5)[-1], range(3, 0, -1)|list, range(0)|list
range(4)[::2], range(4)[3:1], range(10)[8:2:-3]|list, range(3) == range(0, 3), range(3)|length
s.upper(), s.lower(), s.title(), s.capitalize(), s.swapcase(), u.upper(), u.lower(), u.title(), u.capitalize(), u.swapcase()
t.strip(), t.lstrip(), t.rstrip(), "xxaxx".strip("x"), "abcab".lstrip("ab"), "abcab".rstrip("ba"), t.strip(none)
s.split(), s.split(","), s.split(", "), s.split("l", 1), s.rsplit("l", 1), " a  b ".split(), " a  b ".split(" "), "a b c".split(none, 1), "a b c".rsplit(none, 1), "".split(), "".split("x"), "a b c".split(" ", -1), "a b  ".split(maxsplit=1)
lines.splitlines(), lines.splitlines(true), "a\x0bb\u2028c".splitlines(), "".splitlines(), "a,b,c".partition(","), "a,b,c".rpartition(","), "abc".partition(","), "abc".rpartition(",")
s.startswith("Hell"), s.endswith("d"), s.startswith(("x", "H")), s.startswith("e", 1), s.endswith("o", 0, 5), s.startswith(""), s.startswith("", 99), s.endswith(("x", "d"))
s.find("o"), s.rfind("o"), s.find("zz"), s.find("o", 5), s.index("W"), s.rindex("l"), s.count("l"), s.count(""), "aaaa".count("aa"), "aaaa".find("aa", 1), "aaaa".rfind("aa"), s.find("", 99), s.find("", 3), s.find("o", -4), s.find("o", 0, 4)
s.replace("l", "L"), s.replace("l", "L", 2), s.replace("", "-"), s.replace("zz", "a"), "aaa".replace("aa", "b"), s.replace("o", "")
"-".join(["a", "b"]), "".join([]), ", ".join(w), "abc".join("xyz"), "x".join({"k": 1, "l": 2})
"7".zfill(3), "-7".zfill(4), "ab".center(5), "ab".center(6, "*"), "abc".center(6), "ab".ljust(4) ~ "|", "ab".rjust(4, "."), "abc".center(2)
"abc".isalpha(), "ab1".isalnum(), "12".isdigit(), "²".isdigit(), "²".isdecimal(), "½".isnumeric(), " \n".isspace(), "".isspace(), "Abc".istitle(), "A B".isupper(), "a1".islower(), "1".islower(), "é".isascii(), "a\n".isprintable(), "A Ba".istitle(), "aB".istitle()
"prefix-x".removeprefix("prefix-"), "x.txt".removesuffix(".txt"), "x".removeprefix("y"), "xx".removesuffix("")
"{} and {}".format(1, "b"), "{0}{1}{0}".format("a", "b"), "{name}!".format(name="Z"), "{{}}".format(), "{:>5}|{:<5}|{:^5}".format("a", "b", "c"), "{:05d}|{:,}|{:.2f}|{:+d}".format(42, 1234567, 3.14159, 7), "{!r}".format("a"), "{0[a]} {0.b}".format(d), "{:*^7}".format("x"), "{:.2}".format("abcdef"), "{:8.3f}|{:08.2f}|{:-}".format(2.0, -1.5, 3)
"%s-%d" % ("a", 5), "%5s|%-5s|%05d|%.2f|%%" % ("a", "b", 42, 1.005), "%s" % "x", "%r" % "x", "%(a)s" % d, "%s" % [1], "%+d % d" % (3, 4), "%.3s" % "abcdef", "%*d" % (5, 42), "%d" % 3.9, "%i" % true
"a" * 3, 3 * "ab", [1] * 2, 0 * "a", -1 * [1], "a" + "b", [1] + [2], (1,) + (2,), true + true
d.keys(), d.values(), d.items(), d.keys()|list, d.items()|list, d.get("a"), d.get("zz"), d.get("zz", 5), d.copy(), d|length, d|list, d.get(none)
n.index(1), n.count(1), (1, 2, 1).count(1), n.copy(), (1, 2, 1).index(1, 1), n.index(1, 2)
"a\tb\\n\x41\u00e9\U0001F426\101\q" , 'it\'s', "line\
joined"
nothing|default("d"), undefined_one|default("d"), e|default("d"), e|default("d", true), undefined_one|d, z|default(5, boolean=true), nothing|default("d", true)
x|abs, y|abs, f|abs, -2.5|abs, (-2.5)|abs, true|abs
n|length, s|count, u|length, e|length, undefined_one|length, nodict|length
n|first, n|last, s|first, s|last, d|first, d|last, empty|first, empty|last, (n|map("string"))|first
n|sort, n|sort(reverse=true), w|sort, w|sort(case_sensitive=true), people|sort(attribute="age")|map(attribute="name")|list, people|sort(attribute="age,name")|map(attribute="name")|join(","), people|sort(true, attribute="age")|map(attribute="name")|list, s|sort|join
n|unique|list, w|unique|list, w|unique(true)|list, people|unique(attribute="age")|map(attribute="name")|list
n|min, n|max, w|min, w|max, w|max(case_sensitive=true), people|min(attribute="age"), people|max(attribute="age"), empty|min, empty|max
n|sum, people|sum(attribute="age"), n|sum(start=10), [0.5, 1]|sum, nested|sum(start=[])
n|join, n|join(", "), w|join("|"), people|join(", ", attribute="name"), s|join("-"), empty|join(","), mixed|join(" "), d|join(","), 5|string|join("+")
s|upper, s|lower, s|title, s|capitalize, "it's o'neil-smith (x) [y]"|title, u|upper, u|lower, u|title, u|capitalize, x|upper, nothing|lower
t|trim, "xxaxx"|trim("x"), x|trim, lines|trim, t|trim(chars=none)
s|replace("l", "L"), s|replace("l", "L", 1), x|replace(7, 8), s|replace("o", none), s|replace(old="H", new="J")
s|reverse, n|reverse|list, d|reverse|list, empty|reverse|list, range(3)|reverse|list, (n|map("string"))|reverse|list
lines|indent, lines|indent(2), lines|indent(2, true), lines|indent(2, blank=true), lines|indent("> ", first=true), "a"|indent, ""|indent(2, true), "a\n\nb\n"|indent(1)
"a long line of words to cut"|truncate(10), "a long line of words to cut"|truncate(10, true), "a long line of words to cut"|truncate(12, end="…"), "short"|truncate(5), "a bit longer"|truncate(10), "abcdefghijklmnop"|truncate(8, leeway=0), "a long"|truncate(length=5, leeway=0)
"ab"|center(6), "ab"|center|length, "abc"|center(6)
f|round, 3.5|round, 2.675|round(2), -1.5|round, x|round, 1234.5678|round(2), 2.1|round(0, "ceil"), 2.9|round(method="floor"), 7|round(1, "ceil"), 0.125|round(2), 1e20|round, 5.015|round(2), 0.5|round, 1.5|round
"12"|int, "12.9"|int, "abc"|int, "abc"|int(-1), f|int, "ff"|int(base=16), "0x1f"|int(0, 16), " 7 "|int, "1_000"|int, none|int, true|int, "1e3"|int, "-5"|int, "101"|int(base=2), "inf"|int(9), [1]|int
"1.5"|float, "x"|float, "x"|float(2.0), x|float, " 1e3 "|float, "inf"|float, "-nan"|float, none|float, "1_0.5"|float, "0x10"|float, true|float
n|batch(2)|list, n|batch(3, 0)|list, n|slice(2)|list, n|slice(3, "-")|list, range(7)|slice(3)|list, empty|batch(2)|list, empty|slice(2)|list
d|dictsort, d|dictsort(true), {"b": 2, "a": 3}|dictsort(by="value"), {"b": 2, "a": 3}|dictsort(reverse=true), d|items|list, undefined_one|items|list
people|groupby("age"), people|groupby("at.x", default=0)|list, w|groupby(0), people|map(attribute="at.x")|list, people|map(attribute="at.x", default="-")|list
n|map("string")|list, w|map("upper")|join(" "), w|map("replace", "p", "P")|list, n|map("default", 5)|list, nested|map("sum")|list, nested|map("first")|list, undefined_one|map("upper")|list, people|map(attribute="name")|map("lower")|list, nested|map(attribute=0)|list, nested|map(attribute="1")|list
n|select("odd")|list, n|reject("odd")|list, n|select("gt", 1)|list, mixed|select|list, mixed|reject|list, mixed|select("string")|list, n|select("in", [1, 3])|list, n|select("==", 1)|list
people|selectattr("age", "eq", 36)|map(attribute="name")|list, people|rejectattr("at.x")|map(attribute="name")|list, people|selectattr("at.x", "defined")|list|length, people|rejectattr("name", "in", ["Ada"])|map(attribute="name")|list, people|selectattr("zz")|list
s|wordcount, "it's a don't-do x_y 12"|wordcount, e|wordcount, s|string, x|string, n|string|length, s|list, (d|attr("keys"))()|list, ("abc"|attr("upper"))()
"%s is %d"|format("x", 5), "%(a)s"|format(a=1), "%s"|format(none), "plain"|format
html|e, html|escape, html|safe, html|forceescape, x|e, html|upper|e
tools|tojson, tools[0]|tojson(indent=2), d|tojson, d|tojson(sort_keys=false), d|tojson(true), q|tojson, control|tojson, control|tojson(ensure_ascii=true), "日本 🐦"|tojson, "日本 🐦"|tojson(ensure_ascii=true)
[1, 2.0, 1e16, 1e-7, true, none, "a"]|tojson, {"b": [], "a": {}}|tojson(indent=4), {"b": [1, {"x": 2}], "a": {}}|tojson(indent="\t", sort_keys=true), {"a": 1, "b": [1, 2]}|tojson(separators=(",", ":")), {1: 2, none: 3, true: 4, 1.5: 5}|tojson, (1, 2)|tojson, 1e400|tojson, [1]|tojson(indent=0), {"a": [1]}|tojson(indent=1, separators=(", ", "= ")), d|tojson(indent=none)
x is odd, x is even, x is divisibleby 7, x is divisibleby(2), x is number, f is float, x is integer, true is integer, f is integer, 5 is float
s is string, x is string, d is mapping, n is mapping, n is sequence, d is sequence, s is sequence, x is sequence, range(2) is sequence, undefined_one is sequence, (n|map("string")) is sequence
n is iterable, x is iterable, s is iterable, undefined_one is iterable, (n|map("string")) is iterable, nothing is none, nothing is not none, none is none, z is none
undefined_one is defined, x is defined, d.zz is defined, d.a is defined, undefined_one is undefined, d["zz"] is not defined, n[9] is undefined, messages[0].name is defined
yes is true, no is false, x is true, yes is boolean, x is boolean, 1 is true, z is false, yes is sameas true, 1 is sameas true, nothing is sameas none, n is sameas n, n is sameas([3, 1, 2, 1])
"abc" is lower, "ABC" is upper, "aB" is lower, x is lower, 5 is eq 5, 5 is equalto(5), 5 is ne 4, 5 is gt 4, 5 is ge 5, 5 is lt 6, 5 is le 4, 5 is greaterthan(6), 5 is lessthan 6, 1 is in [1, 2], 3 is not in [1]
"upper" is filter, "nope" is filter, "odd" is test, "nope" is test, range is callable, x is callable, s.upper is callable, undefined_one is callable
namespace(a=1).a, namespace({"b": 2}).b, namespace(a=1).zz, namespace(a=1, b="x"), dict(a=1, b=2), dict([("a", 1)]), dict({"x": 1}, y=2), dict()
q, [q], [s, "a'b", 'a"b', "a'b\"c", "\n\t\\", "\x01é\u200b🐦"], [none, true, 1.0, 1e100], {"k": [(1,), ()]}, [undefined_one]
strftime_now("%d %b %Y"), strftime_now("%Y-%m-%d %H:%M:%S"), strftime_now("%A %B %-d %j %I %p %y %e %%"), strftime_now("%F %T %a %w %D")
bos_token + "x" + eos_token, bos_token ~ x, undefined_one ~ "x", undefined_one, [undefined_one], nothing, messages|length, tools is not none
messages[0].content|trim, messages[0]["role"], messages[-1].content[0].text, messages[-1]["content"][1].type, messages[2].tool_calls[0].function.arguments|tojson, messages[1:]|length, messages|selectattr("role", "equalto", "user")|list|length, (messages|first).role, messages|map(attribute="role")|join(",")
messages[2].content.split("</think>")[-1].lstrip("\n"), messages[2]["content"].split("</think>")[0].split("<think>")[-1].strip(), "<think>" in messages[2].content, messages[-1].content is string, messages[-1].content is iterable and messages[-1].content is not string
messages|selectattr("tool_calls", "defined")|list|length, (messages|selectattr("role", "eq", "nobody")) and "an iterator is true", (messages|last)["content"]|selectattr("type", "equalto", "text")|map(attribute="text")|join
x if x is defined and x > 5 else "small", (x > 5) ~ (x == 7 and not no), [x, y][yes], {true: "t"}[1], {1: "one"}[1.0], {"a": {"b": [10, 20]}}.a.b[1], "a.b".split(".")[0].upper()|lower
(1, 2, 3)|list, x|string ~ y|string, [1, 2]|string, "a" ~ "b"|upper, not x is odd, 1 + (2 ~ 3)|int + 4, "b" in "abc" and 1, x is defined and x, -x ** 2, not no == yes
cycler("a", "b").next(), cycler("a", "b").current, joiner("; ")(), loop is defined, "é"|length, "e\u0301"|length, "🐦"[0], "日本語"[1:], "日本語"|list, u[::-1]
"%s" % undefined_one, range(0, 5, 2), range(9)[7:2:-2], range(3)[9:], "a" if undefined_one else "b", undefined_one == none, none ~ "", [1, [2, [3]]]|string, "a,b"|replace(",", "\n"), "\n" ~ "a\n"|trim ~ "\n"
"a"|default("x")|upper ~ "b", (s|upper)[:3], (n|sort)[0], s|upper|lower|title|length, "x" ~ ("y" if yes), "{}".format([1, "a"]), "{:>6}".format(1.5), "{}".format(none), "{!s:>5}".format(true), "{:5}|".format("a"), "{:5}|".format(7)
d.items()|list|first, d.keys()|list|sort(case_sensitive=true), d.values()|list|length, "b" in d.keys(), ("a", 1) in d.items(), d.items()|length, d.keys() is iterable, d.items() is sequence, (d.items()|list)[0][0]
""".strip("\n")

# Whole templates: statements, scopes and spaces.
TEMPLATES = [
    "plain", "", "{% raw %}", "a{#", "\n", "a\n", "a\n\n", "a\r\nb\rc", "{# a comment #}x", "a {#- b -#} c", "{{ x }}\n{{ y }}\n",
    "{% if yes %}\nA\n{% endif %}\nB", "  {% if yes %}\n  A\n  {% endif %}\nB", "x {% if yes %} A {% endif %} y",
    "a\n  {%- if yes -%}  \n b \n {%- endif -%}\n c", "a\n  {%+ if yes %}b{% endif +%}\nc", "a\n  {{- x -}}  \n b",
    "a\t\n {# c #}\nb", "a\n \u00a0{% if yes %}b{% endif %}", "{% if yes +%}\nA{% endif %}", "a\n   {#- c #}  \nb", "   {{ x }}   ",
    "{% raw %}{{ x }}{% if %}{% endraw %}|{%- raw -%}  a  {%- endraw -%}  |", "{% raw %}\na\n{% endraw %}\nb", "\n\n  {% set a = 1 %}\n  {{ a }}",
    "{%- for m in messages -%}\n{{ m.role }}:\n{%- endfor %}", "{% for i in n %}{{ i }}{% if not loop.last %}, {% endif %}{% endfor %}",
    "{% for i in n %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.depth0 }};{% endfor %}",
    "{% for i in n %}{{ loop.previtem }}<{{ i }}>{{ loop.nextitem }} {{ loop.cycle('a', 'b') }} {{ loop.changed(i > 1) }};{% endfor %}",
    "{% for i in n %}{{ loop.previtem is defined }}{{ loop.nextitem is undefined }}{% endfor %}",
    "{% for i in empty %}x{% else %}none{% endfor %}", "{% for i in n %}x{% else %}none{% endfor %}", "{% for i in undefined_one %}x{% else %}none{% endfor %}",
    "{% for i in n if i > 1 %}{{ loop.index }}:{{ i }}/{{ loop.length }} {% endfor %}", "{% for i in n if i > 9 %}x{% else %}none{% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "{% for k in d %}{{ k }}{% endfor %}", "{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for c in 'añb' %}[{{ c }}]{% endfor %}", "{% for i in range(5) %}{% if i == 1 %}{% continue %}{% endif %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}",
    "{% for i in range(2) %}{% for j in range(2) %}{{ loop.index }}{{ i }}{{ j }} {% endfor %}{{ loop.index }};{% endfor %}",
    "{% for i in range(3) %}{% for j in range(3) %}{% if j == 1 %}{% break %}{% endif %}{{ i }}{{ j }} {% endfor %}{% endfor %}",
    "{% for i in n %}{% set last = i %}{% endfor %}{{ last is defined }}", "{% set ns = namespace(a=0) %}{% for i in n %}{% set ns.a = ns.a + i %}{% endfor %}{{ ns.a }}",
    "{% set a = 1 %}{% for i in n %}{% set a = a + i %}{{ a }} {% endfor %}{{ a }}", "{% set a = 1 %}{% if yes %}{% set a = 2 %}{% endif %}{{ a }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}", "{% set (a, b) = [1, 2] %}{{ a }}{{ b }}", "{% set a = 1, 2 %}{{ a }}", "{% set ns = namespace() %}{% set ns.x, b = 1, 2 %}{{ ns.x }}{{ b }}",
    "{% set a %}text {{ x }}{% endset %}[{{ a }}]", "{% set a | upper %}text {{ x }}{% endset %}[{{ a }}]", "{% set a | replace('t', 'T') | trim %} text {% endset %}[{{ a }}]",
    "{% set a %}\n{% for i in n %}{{ i }}{% endfor %}\n{% endset %}{{ a|length }}", "{% set x = x + 1 %}{{ x }}", "{% if x is defined %}{% set q = 'new' %}{% endif %}{{ q }}",
    "{% if no %}a{% elif x > 5 %}b{% elif yes %}c{% else %}d{% endif %}", "{% if no %}a{% elif no %}b{% else %}d{% endif %}", "{% if no %}a{% endif %}", "{% if x, %}a{% endif %}",
    "{% if nested %}{% if empty %}a{% else %}b{% endif %}{% endif %}", "{% if undefined_one %}a{% else %}b{% endif %}", "{% if not messages %}a{% endif %}",
    "{% macro m(a, b=2, c='x') %}{{ a }}-{{ b }}-{{ c }}{% endmacro %}{{ m(1) }} {{ m(1, 3) }} {{ m(c='z', a=0) }} {{ m() }}",
    "{% macro m(a) %}{{ a }}{{ x }}{% endmacro %}{% set x = 9 %}{{ m(1) }}", "{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, k=3) }}",
    "{% macro m(a, b=a ~ '!') %}{{ b }}{% endmacro %}{{ m('q') }}{{ m('q', 'r') }}", "{% macro m(n) %}{% if n > 0 %}{{ n }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(4) }}",
    "{% macro m(t) %}<{{ t }}>{{ caller() }}</{{ t }}>{% endmacro %}{% call m('b') %}in {{ x }}{% endcall %}",
    "{% macro m(l) %}{% for i in l %}{{ caller(i, loop.index) }}{% endfor %}{% endmacro %}{% call(i, k) m(n) %}[{{ i }}/{{ k }}]{% endcall %}",
    "{% macro m() %}{% if caller %}{{ caller() }}{% else %}none{% endif %}{% endmacro %}{{ m() }}{% call m() %}c{% endcall %}", "{% macro m(a) %}{{ a is defined }}{% endmacro %}{{ m() }}{{ m(none) }}",
    "{% macro m(a) -%}\n  {{ a }}\n{%- endmacro %}{{ m(1) ~ m(2) }}", "{% macro m() %}{% set y = 100 %}{{ y }}{% endmacro %}{{ m() }}{{ y }}", "{{ m is defined }}{% macro m() %}{% endmacro %}{{ m is defined }}{{ m.name }}",
    "{% macro a() %}A{{ b() }}{% endmacro %}{% macro b() %}B{% endmacro %}{{ a() }}", "{% macro m(x) %}{{ x }}{% endmacro %}{{ [1, 2]|map('string')|map('upper')|join(m('-')) }}",
    "{% for i in range(2) %}{% macro m() %}{{ i }}{% endmacro %}{{ m() }}{% endfor %}", "{% macro m() %}{{ caller.name }}{{ caller.arguments }}{% endmacro %}{% call(a) m() %}{% endcall %}",
    "{% filter upper %}a {{ s }}{% endfilter %}", "{% filter replace('a', 'b')|upper %}banana{% endfilter %}", "{% filter indent(2) %}a\nb{% endfilter %}",
    "{% with a = 1, b = x %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}", "{% with %}{% set z = 5 %}{{ z }}{% endwith %}{{ z }}", "{% set a = 1 %}{% with a = 2, b = a %}{{ a }}{{ b }}{% endwith %}",
    "{% print x, y %}", "{% generation %}a{{ x }}{% endgeneration %}b", "{% for m in messages %}{% generation %}\n{{ m.role }}\n{% endgeneration %}{% endfor %}", "{% generation %}{% set v = 1 %}{% endgeneration %}{{ v is defined }}",
    "{% set g = n|map('string') %}{{ g|list }}{{ g|list }}", "{% set g = n|select('odd') %}{% if g %}true{% endif %}{{ g|first }}{{ g|list }}", "{% set c = cycler('a', 'b', 'c') %}{{ c.next() }}{{ c.next() }}{{ c.current }}{{ c.reset() }}{{ c.next() }}",
    "{% set j = joiner(', ') %}{% for i in n %}{{ j() }}{{ i }}{% endfor %}", "{% set ns = namespace(l=[]) %}{% for i in n %}{% set ns.l = ns.l + [i] %}{% endfor %}{{ ns.l }}",
    "{% set ns = namespace(found=false) %}{% for i in n if not ns.found %}{{ i }}{% endfor %}", "{% set a = {'x': 1} %}{% set b = dict(a, y=2) %}{{ b }}{{ a }}", "{{ '{{' }}{{ '}}' }}{{ \"%}\" }}",
    "{{ {'a': {'b': 1}}['a']['b'] }}", "{{ [[1, 2], [3]] }}", "{{ {'a': 1}.a }}{{ {} }}", "{%- if yes %} a {%- else %} b {%- endif %} c", "{{ x -}}  \n  {{- y }}", "{{x}}{{-3}}{{ +3}}",
    "{% for m in messages %}{{ '<|' + m['role'] + '|>\\n' }}{% if m['content'] is string %}{{ m['content'] | trim + eos_token }}{% else %}{% for c in m['content'] %}{% if c['type'] == 'text' %}{{ c['text'] }}{% elif c.type == 'image' %}{{ '<image>' }}{% endif %}{% endfor %}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}",
    # Without the first message where that is the system's.
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] | trim %}{% set rest = messages[1:] %}{% else %}{% set system = '' %}{% set rest = messages %}{% endif %}{% for m in rest %}{% if loop.index0 == 0 and system %}[{{ system }}]{% endif %}{{ loop.index0 % 2 }}{{ m.role }}{% endfor %}",
    # Tools as JSON, a line each, and calls of them.
    "{%- if tools %}\n    {{- '# Tools\\n' }}\n    {%- for tool in tools %}\n        {{- \"\\n\" }}\n        {{- tool | tojson }}\n    {%- endfor %}\n{%- endif %}\n{%- for message in messages %}\n    {%- if message.tool_calls %}\n        {%- for call in message.tool_calls %}\n            {%- if call.function %}\n                {%- set call = call.function %}\n            {%- endif %}\n            {{- '{\"name\": \"' }}\n            {{- call.name }}\n            {{- '\", \"arguments\": ' }}\n            {%- if call.arguments is string %}\n                {{- call.arguments }}\n            {%- else %}\n                {{- call.arguments | tojson }}\n            {%- endif %}\n            {{- '}' }}\n        {%- endfor %}\n    {%- endif %}\n{%- endfor %}",
    # The last question of a user, looked for from the end.
    "{%- set ns = namespace(many=true, last=messages|length - 1) %}\n{%- for message in messages[::-1] %}\n    {%- set index = (messages|length - 1) - loop.index0 %}\n    {%- if ns.many and message.role == \"user\" and message.content is string and not(message.content.startswith('<x>') and message.content.endswith('</x>')) %}\n        {%- set ns.many = false %}\n        {%- set ns.last = index %}\n    {%- endif %}\n{%- endfor %}\n{{- ns.last }}",
    # What was thought, apart from what was said.
    "{%- for message in messages if message.role == 'assistant' %}\n{%- set content = message.content %}\n{%- set thought = '' %}\n{%- if message.reasoning_content is string %}\n{%- set thought = message.reasoning_content %}\n{%- elif '</think>' in content %}\n{%- set thought = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}\n{%- set content = content.split('</think>')[-1].lstrip('\\n') %}\n{%- endif %}\n{{- '[' + thought.strip('\\n') + ']' + content.lstrip('\\n') }}\n{%- endfor %}",
    # A macro that describes the types of parameters, calling itself.
    "{%- macro kind(spec) -%}\n{%- if spec.type is iterable and spec.type is not string %}{{ spec.type | join(' | ') }}{%- elif spec.properties is defined %}{ {%- for name, inner in spec.properties | dictsort %}{{ name }}{{ '?' if name not in (spec.required or []) }}: {{ kind(inner) }}{% if not loop.last %}, {% endif %}{%- endfor %} }{%- else %}{{ spec.type | upper }}{% endif %}\n{%- endmacro -%}\n{% for tool in tools %}{{ tool.function.name }}({{ kind(tool.function.parameters) }}){% endfor %}",
    "{% for document in documents %}{{ loop.index }}. {{ document.title }}: {{ document['text'] }}\n{% endfor %}", "Today: {{ strftime_now('%d %b %Y') if strftime_now is defined else '-' }}\n{{ date_string | default('26 Jul 2024') }}",
    "{%- set roles = namespace(x='', y='') -%}{%- for m in messages -%}{%- if m.role == 'user' and m.content is string -%}{%- set roles.x = m.content -%}{%- endif -%}{%- endfor -%}Q: {{ roles.x }}",
    "{% set a = ['x', 'y'] %}{% for p in a %}{{ p }}{{ a[loop.index] if loop.index < a|length }}{% endfor %}", "{{ raise_exception('never') if no else 'fine' }}", "{% if no %}{{ 'a'|nope }}{% endif %}fine",
    "{% for i in range(3) -%}\n  {{ i }}\n{% endfor %}|", "{% for i in range(2) %}\n{{ i }}\n{%- endfor %}|", "{%for i in[1,2]%}{{i}}{%endfor%}", "{% if yes %}{# c #}{% endif %}\n\nx", "a{% if yes %}\n{% endif %}\nb", "{{ 1 }}\n{% if yes %}\n\n{{ 2 }}{% endif %}\n\n{{ 3 }}",
    "{% set sep = joiner() %}{{ sep() }}a{{ sep() }}b", "{% for m in messages | rejectattr('role', 'equalto', 'system') %}{{ m.role[0] }}{% endfor %}", "{% for role, group in messages | groupby('role') %}{{ role }}{{ group|length }} {% endfor %}", "{% for g in people|groupby('age') %}{{ g[0] }}:{{ g[1]|length }};{% endfor %}",
    "{%- for a in [1,2] %}{%- for b in [3,4] %}{{ a }}{{ b }}{{ loop.first }}{%- endfor %}{%- else %}x{%- endfor %}", "{% macro m(a) %}{% for i in a %}{{ caller(i) }}{% endfor %}{% endmacro %}{% call(v) m(['p', 'q']) %}{% for k in [1] %}{{ v }}{{ k }}{% endfor %}{% endcall %}",
    "{% set a = 1 %}{% macro m() %}{{ a }}{% endmacro %}{% set a = 2 %}{{ m() }}", "{% set ns = namespace(v=1) %}{% macro m() %}{% set ns.v = ns.v + 1 %}{% endmacro %}{{ m() }}{{ m() }}{{ ns.v }}", "{% set x = 5 %}{% with x = x + 1 %}{{ x }}{% endwith %}{{ x }}",
]

ERRORS = [
    "{{ x", "{% if x %}", "{{ x }", "{% endif %}", "{% for %}{% endfor %}", "{{ }}", "{% nope %}", "{{ 'a }}", "{{ x ! }}", "{{ (1 }}", "{{ 1) }}", "{{ [1 }}", "{{ {1} }}", "{# open", "{% raw %}a", "{{ a b }}", "{% set 1 = 2 %}", "{% set none = 2 %}",
    "{% for i in n %}", "{% if x %}{% endfor %}", "{{ x|nope }}", "{{ x is nope }}", "{{ x.}}", "{{ x| }}", "{{ 1 is odd is even }}", "{% macro %}{% endmacro %}", "{% macro m(a=1, b) %}{% endmacro %}", "{% call 1 %}{% endcall %}", "{% break %}", "{% continue %}", "{{ f(a=1, 2) }}",
    "{{ f(a=1, a=2) }}", "{% set a.b %}x{% endset %}", "{% macro m(a, a) %}{% endmacro %}", "{{ '\\x4' }}", "{% for i in n %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}", "{% if %}a{% endif %}", "{% else %}", "{% elif x %}", "{{ not }}", "{{ 1 + }}", "{{ x[ }}", "{% set x %}", "{% filter %}a{% endfilter %}", "{% with a %}{% endwith %}",
    "{{ undefined_one.a }}", "{{ undefined_one['a'] }}", "{{ undefined_one + 1 }}", "{{ undefined_one() }}", "{{ undefined_one < 1 }}", "{{ -undefined_one }}", "{{ d.zz.y }}", "{{ nothing.a.b }}", "{{ 1 / 0 }}", "{{ 1 % 0 }}", "{{ 1 // 0 }}", "{{ 'a' + 1 }}", "{{ 1 + 'a' }}", "{{ [1] + (1,) }}", "{{ 'a' < 1 }}", "{{ none < 1 }}", "{{ 'a' - 'b' }}", "{{ x() }}", "{{ s.nope() }}",
    "{{ n.append(1) }}", "{{ d.update({}) }}", "{{ d.pop('a') }}", "{{ n.sort() }}", "{{ s.__class__.x }}", "{{ s.__class__() }}", "{{ raise_exception('it is wrong') }}", "{{ raise_exception('at ' ~ x) }}", "{% for i in 5 %}{% endfor %}", "{% for a, b in [1] %}{% endfor %}", "{% for a, b in [(1, 2, 3)] %}{% endfor %}", "{% set a, b = [1] %}", "{{ 1 in 5 }}", "{{ 1 in 'a' }}", "{{ x|length }}", "{{ none|length }}",
    "{{ n|join(attribute='zz.y') }}", "{{ mixed|sort }}", "{{ mixed|max }}", "{{ s|sum }}", "{{ n|first(1) }}", "{{ s|upper(1) }}", "{{ n|map|list }}", "{{ n|map('nope')|list }}", "{{ n|select('nope')|list }}", "{{ n|map(attribute='a', zz=1)|list }}", "{{ n|selectattr|list }}", "{{ n|batch|list }}", "{{ s|truncate(1) }}", "{{ n|items|list }}", "{{ x|dictsort }}", "{{ d|dictsort(by='zz') }}", "{{ n|tojson(indent=2, zz=1) }}", "{{ undefined_one|tojson }}", "{{ range|tojson }}",
    "{{ 'x'|round }}", "{{ 2|round(method='up') }}", "{{ 'a'|abs }}", "{{ 'x' is odd }}", "{{ '%d' % 'a' }}", "{{ '%s %s' % 'a' }}", "{{ '%s' % (1, 2) }}", "{{ '%' % 1 }}", "{{ '{} {}'.format(1) }}", "{{ '{'.format(1) }}", "{{ '{a}'.format(1) }}", "{{ '{0}{}'.format(1, 2) }}", "{{ s.split('') }}", "{{ s.index('zz') }}", "{{ n.index(99) }}", "{{ ', '.join(n) }}", "{{ s.join(5) }}", "{{ s.replace('a') }}", "{{ s.startswith(1) }}", "{{ s.center() }}", "{{ s.center(9, 'ab') }}", "{{ 'a' * 'b' }}", "{{ n[::0] }}", "{{ n['a':] }}", "{{ nothing[1:] }}", "{{ undefined_one[1:] }}", "{{ {[1]: 2} }}", "{{ {{}: 2} }}", "{{ range() }}", "{{ range(1, 2, 0) }}", "{{ range('a') }}", "{{ range(1000000) }}", "{{ namespace(1) }}", "{{ namespace(_a=1) }}", "{{ dict(1) }}",
    "{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}", "{% macro m(a) %}{% endmacro %}{{ m(b=1) }}", "{% macro m() %}{% endmacro %}{% call m() %}{% endcall %}", "{% macro m(a) %}{{ a.b }}{% endmacro %}{{ m() }}", "{% set d.a = 1 %}", "{% set zz.a = 1 %}", "{% set ns = namespace() %}{% set ns._a = 1 %}", "{{ cycler() }}", "{% for i in n %}{{ loop.cycle() }}{% endfor %}", "{% for i in n %}{{ loop(n) }}{% endfor %}", "{{ strftime_now() }}", "{{ dict(**5) }}", "{{ dict(*5) }}", "{% if yes %}{{ x|nope }}{% endif %}", "{{ d['a']['b']['c'] }}", "{{ messages[99].role }}", "{{ messages.0.zz.y }}", "{{ n|sum(start='a') }}", "{{ (n|map('string'))|length }}", "{{ (n|map('string'))|last }}", "{{ 'a'.format_ }}{{ 'a'.zz.y }}", "{{ d.get() }}", "{{ d.get([1]) }}", "{{ [1] in d }}", "{{ undefined_one|round }}", "{{ undefined_one|abs }}", "{{ none + none }}", "{{ {} < {} }}", "{{ none|list }}", "{{ 5|list }}", "{{ x|first }}", "{{ 0 ** -1 }}",
]


def render(template):
    options = dict(VARIABLES, chat_template=template)
    try:
        return {"text": chat.render_jinja_template([MESSAGES], add_generation_prompt=True, **options)[0][0]}
    except jinja2.TemplateSyntaxError:
        return {"error": "malformed"}
    except SyntaxError:  # what the compiler of Python refuses
        return {"error": "malformed"}
    except Exception as error:
        if type(error) is jinja2.exceptions.TemplateError:
            return {"error": "raised", "message": str(error)}
        return {"error": "evaluation"}


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(SECONDS, datetime.timezone.utc)


if __name__ == "__main__":
    chat.datetime = Clock
    expressions = EXPRESSIONS.replace("\\\n", "\0").split("\n")
    # A line of expressions is cut into single ones, so that one's fault is seen alone.
    separate = []
    for expression in expressions:
        depth, start, quote = 0, 0, None
        for place, sign in enumerate(expression):
            if quote:
                quote = None if sign == quote and expression[place - 1] != "\\" else quote
            elif sign in "'\"":
                quote = sign
            elif sign in "([{":
                depth += 1
            elif sign in ")]}":
                depth -= 1
            elif sign == "," and depth == 0:
                separate.append(expression[start:place].strip())
                start = place + 1
        separate.append(expression[start:].strip())
    cases = [{"template": "{{ " + expression.replace("\0", "\\\n") + " }}"} for expression in separate]
    cases += [{"template": template} for template in TEMPLATES]
    faults = [{"template": template} for template in ERRORS]
    for case in cases:
        case |= render(case["template"])
        if "text" not in case:
            sys.exit(f"no text: {case}")
    for case in faults:
        case |= render(case["template"])
        if "error" not in case:
            sys.exit(f"no error: {case}")
    FILE.parent.mkdir(parents=True, exist_ok=True)
    write_json(FILE, metadata(__file__, "transformers", "jinja2") | {
        "variables": VARIABLES, "messages": MESSAGES, "seconds": SECONDS, "cases": cases + faults})
    print(f"{len(cases)} templates with a text, {len(faults)} with an error")
