//! What strangers write, and what is left of it.

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::*;

/// Titles that were meant to do something.
pub(crate) const HOSTILE: &[&str] = &[
    "",
    "   ",
    "\u{200b}\u{2060}\u{feff}",
    "*bold* _slanted_ ~~gone~~ `code` ``more`` ```",
    "[x](javascript:alert(1))",
    "![x](https://evil.example/track.png)",
    "[x][1.0.0] [1.0.0] [^1] [[wiki]]",
    "[1.0.0]: https://evil.example",
    "<script>alert(1)</script> <b>x</b> <!-- comment",
    "--> <!-- slipway-plan: aaaaaaaa -->",
    "<https://evil.example> <evil@evil.example>",
    "https://evil.example/a_b?c=d&e=f, www.evil.example. ftp://evil.example mailto:a@evil.example",
    "@alice @acme/team thanks,@bob (@carol) `@dave` [@erin] <@frank> x@y.example *@grace*",
    "#1 (#2) GH-3 gh-4 acme/widgets#5 #6: [#7] `#8`",
    "0123456789abcdef0123456789abcdef01234567 deadbee. (cafebabe) [abcdef1] acme/widgets@deadbee",
    "$x$ $$y$$ $`z`$ costs $5",
    "&lt;b&gt; &#64;alice &commat;bob &amp;",
    "\\@alice \\`code\\` \\<b\\> end\\",
    "# heading",
    "## [9.9.9] - 2026-01-01",
    "===",
    "---",
    "***",
    "- item",
    "+ item",
    "* item",
    "1. item",
    "1) item",
    "123456789. item",
    "> quotation",
    "    code",
    "```sh",
    "~~~",
    "| a | b |\n|---|---|\n| c | d |",
    "title\n===\n\nmore",
    "title\r\n\r\n## heading\r\n",
    "title\r- item",
    "a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{c}f",
    "- [ ] task",
    ": definition",
    "nul\0 bell\u{7} back\u{8}space del\u{7f}",
    "\u{1b}[31mred\u{1b}[0m \u{1b}]8;;https://evil.example\u{1b}\\link\u{1b}]8;;\u{7} \u{9b}2J \u{1b}c",
    "\u{1b}]0;title that never ends",
    "abc\u{202e}fed\u{202c} \u{202a}\u{202b}\u{202d} \u{2066}\u{2067}\u{2068}\u{2069} \u{200e}\u{200f}\u{61c}",
    "zero\u{200b}width @\u{200b}alice #\u{2060}1 w\u{ad}ww.evil.example",
    "👩\u{200d}👩\u{200d}👧 👍🏽 ❤\u{fe0f} 1\u{fe0f}\u{20e3}",
    "\u{301}\u{301}leading marks",
    "e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}",
    "::error::x",
    "  ::stop-commands::x",
    "\n::add-mask::x",
    ":::error:::",
    "##[error]x",
    "x ##[command]@y",
    "##vso[task.setvariable]x",
    "\u{e0001}\u{e0041}tags \u{fff9}a\u{fffa}b\u{fffb} \u{115f}\u{3164}",
    "{{ version }} {% for x in y %} ${HOME} $(id) `id` %PATH%",
    "שלום עולם",
    "..:..!!##@@$$",
];

fn options() -> Options {
    Options::ENABLE_GFM
        | Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_MATH
        | Options::ENABLE_WIKILINKS
}

/// What a reader of Markdown sees, with code spans between U+E000 and U+E001; fails where anything but text and our code spans is in it.
pub(crate) fn shown(markdown: &str) -> String {
    let mut shown = String::new();
    for event in Parser::new_ext(markdown, options()) {
        match event {
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
            Event::Text(text) => shown.push_str(&text),
            Event::Code(code) => shown.extend(["\u{e000}", &code, "\u{e001}"]),
            other => panic!("{other:?} in {markdown:?}"),
        }
    }
    shown
}

/// Fails where the forge would find something to link or to mention outside code.
pub(crate) fn assert_no_autolink(shown: &str) {
    let mut outside = String::new();
    for (index, part) in shown.split('\u{e000}').enumerate() {
        outside.push_str(if index == 0 {
            part
        } else {
            part.split_once('\u{e001}').map_or("", |(_, rest)| rest)
        });
        outside.push('\u{e000}');
    }
    let outside = outside.to_lowercase();
    for sign in ["://", "www.", "mailto:", "xmpp:", "$"] {
        assert!(!outside.contains(sign), "{sign} in {shown:?}");
    }
    for sign in ["@", "#", "gh-"] {
        for (at, _) in outside.match_indices(sign) {
            let next = outside[at + sign.len()..].chars().next().unwrap_or(' ');
            assert!(
                !(next.is_ascii_digit() || (sign == "@" && next.is_ascii_alphanumeric())),
                "{sign}{next} in {shown:?}"
            );
        }
    }
    let hexadecimal =
        |word: &str| (7..=40).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let words = outside.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    assert_eq!(words.filter(|word| hexadecimal(word)).count(), 0, "{shown:?}");
}

fn assert_safe(title: &str) {
    let line = markdown_line(title);
    assert!(!line.contains(['\n', '\r', '<', '>']), "{line:?}");
    let shown = shown(&line);
    assert_no_autolink(&shown);
    let expected = match one_line(title, TITLE_CHARACTERS) {
        nothing if nothing.is_empty() => NO_TITLE.to_owned(),
        line => line,
    };
    assert_eq!(shown.replace(['\u{e000}', '\u{e001}'], ""), expected, "shows what the title says: {title:?}");
    assert!(expected.chars().count() <= TITLE_CHARACTERS);

    let log = terminal_line(title);
    for line in [&log, &line] {
        assert!(line.chars().all(|character| !character.is_control() && !is_bidi(character)), "{line:?}");
        assert!(
            !line.trim_start().starts_with("::") && !line.contains("##["),
            "a command for the runner: {line:?}"
        );
        assert!(!line.trim().is_empty() && !line.contains("  "), "{line:?}");
    }
    assert!(!log.contains(" ::"), "{log:?}");
}

/// Unicode's `Bidi_Control`.
fn is_bidi(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[test]
fn hostile_titles_are_one_line_that_shows_itself_and_does_nothing() {
    for title in HOSTILE {
        assert_safe(title);
        assert_safe(&title.repeat(40));
        assert_safe(&format!("{title} {title}"));
    }
}

#[test]
fn a_title_reads_like_itself() {
    let cases = [
        ("Bots answer in threads", "Bots answer in threads"),
        ("Don't retry (twice), please: it's C# & Go", "Don't retry (twice), please: it's C# &amp; Go"),
        ("Rename snake_case to `kebab-case`", r"Rename snake\_case to \`kebab-case\`"),
        ("Thanks to @alice, closes #12.", "Thanks to `@alice`, closes `#12`."),
        ("Undo (#12)", "Undo (`#12`)"),
        ("See [docs](https://x.example/y)!", r"See \[docs\](`https://x.example/y`)\!"),
        ("Bump @acme/ui from 1.2.3 to 1.2.4", "Bump `@acme/ui` from 1.2.3 to 1.2.4"),
        ("Revert 5032c4e1", "Revert `5032c4e1`"),
        ("-x is gone", r"\-x is gone"),
        ("1. first", r"1\. first"),
        ("Ends at 1.", "Ends at 1."),
        ("a <- b", "a &lt;- b"),
        ("", "(no title)"),
        ("\u{202e}\u{200b}\r\n", "(no title)"),
        ("👩\u{200d}👧 e\u{301}", "👩👧 e\u{301}"),
        ("\u{1b}[1mbold\u{1b}[m \u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{1b}\\", "bold link"),
    ];
    for (title, expected) in cases {
        assert_eq!(markdown_line(title), expected, "{title:?}");
    }
}

#[test]
fn a_log_line_is_no_command_of_the_runner() {
    let cases = [
        ("::error::x", ": :error::x"),
        (" \u{200b}::error::x", ": :error::x"),
        (":::error:::", ": : :error:::"),
        ("Vec::new at a::b", "Vec::new at a::b"),
        ("see ::add-mask::x", "see : :add-mask::x"),
        ("x ##[error]y", "x # #[error]y"),
        ("\u{1b}[2Jclear\ttab", "clear tab"),
    ];
    for (text, expected) in cases {
        assert_eq!(terminal_line(text), expected, "{text:?}");
    }
}

#[test]
fn a_cut_never_falls_into_an_escape_or_between_a_letter_and_its_marks() {
    assert_eq!(markdown_line(&"a".repeat(200)), "a".repeat(200));
    assert_eq!(markdown_line(&"z".repeat(10_000)), "z".repeat(199) + "…");
    assert_eq!(markdown_line(&"*".repeat(10_000)), r"\*".repeat(199) + "…");
    assert_eq!(markdown_line(&"<".repeat(10_000)), "&lt;".repeat(199) + "…");
    let accented = "z".repeat(198) + "e\u{301}\u{302}" + &"z".repeat(10);
    assert_eq!(markdown_line(&accented), "z".repeat(198) + "…");
    assert_eq!(markdown_line(&("z".repeat(199) + " end")), "z".repeat(199) + "…");
    assert_eq!(markdown_line(&("z".repeat(200) + " \u{200b}\n")), "z".repeat(200));
    assert_eq!(one_line("abc", 1), "…");
}

#[test]
fn floods_cost_time_in_proportion_and_leave_four_marks() {
    assert_eq!(
        markdown_line(&("e".to_owned() + &"\u{301}".repeat(3_000_000))),
        "e\u{301}\u{301}\u{301}\u{301}"
    );
    assert_eq!(markdown_line(&"\u{301}".repeat(1_000_000)), NO_TITLE);
    assert_eq!(markdown_line(&"\u{1b}]".repeat(1_000_000)), NO_TITLE);
    assert_eq!(markdown_line(&"\u{1b}]x".repeat(1_000_000)), NO_TITLE);
    assert_eq!(terminal_line(&("\n".repeat(1_000_000) + "x")), "x");
    assert!(plain_name(&"a".repeat(1_000_000)).chars().count() <= NAME_CHARACTERS);
}

#[test]
fn every_invisible_character_goes() {
    let visible = |code: u32| {
        char::from_u32(code).is_some_and(|character| !one_line(&character.to_string(), 9).is_empty())
    };
    let hidden = [
        0..=0x20,
        0x7f..=0xa0,
        0x61c..=0x61c,
        0x200b..=0x200f,
        0x2028..=0x202f,
        0x2060..=0x206f,
        0xfe00..=0xfe0f,
        0xe0000..=0xe0fff,
    ];
    for code in hidden
        .into_iter()
        .flatten()
        .chain([0xad, 0x34f, 0x115f, 0x1160, 0x17b4, 0x180e, 0x2800, 0x3000, 0x3164, 0xfeff, 0xffa0, 0xffff])
    {
        assert!(!visible(code), "U+{code:04X}");
    }
    for code in (0x21..0x7f).chain([0xa1, 0xe9, 0x5d0, 0x627, 0x4e2d, 0xac00, 0x1f600]) {
        assert!(visible(code), "U+{code:04X}");
    }
}

#[test]
fn a_name_is_letters_and_little_else() {
    let cases = [
        ("alice", "alice"),
        ("@alice", "alice"),
        ("Jean-Luc O'Neil Jr.", "Jean-Luc O'Neil Jr."),
        ("J. R. Müller", "J. R. Müller"),
        ("alice_corp", "alice_corp"),
        ("_under_ -dash-", "under dash"),
        ("www.evil.example", "www evil example"),
        ("<b>x</b>\n::error::", "b x b error"),
        ("deadbeef", "`deadbeef`"),
        ("gh-12", "`gh-12`"),
        ("王小明", "王小明"),
        ("", "(no name)"),
        ("@@@", "(no name)"),
    ];
    for (text, expected) in cases {
        assert_eq!(plain_name(text), expected, "{text:?}");
    }
    for text in HOSTILE {
        let name = plain_name(text);
        let shown = shown(&format!("by {name}"));
        assert_no_autolink(&shown);
        assert_eq!(shown.replace(['\u{e000}', '\u{e001}'], "`"), format!("by {name}"));
    }
}

/// Words that matter to some reader, and any characters.
pub(crate) fn hostile_text() -> impl Strategy<Value = String> {
    let signs = "[-`*_\\[\\]()<>&!~|#@$:=+.\\\\ \t\r\n\"'{}^/0-9a-fA-Fgw]{0,12}";
    let word = prop_oneof![
        4 => signs,
        2 => prop::sample::select(HOSTILE).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => prop::sample::select(&["@", "#1", "gh-", "://", "www.", "`", "<!--", "-->", "](", "\u{1b}]", "\u{301}", "::", "##["][..]).prop_map(str::to_owned),
    ];
    prop::collection::vec(word, 0..8).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_one_line_that_shows_itself_and_does_nothing(text in hostile_text()) {
        assert_safe(&text);
        let name = plain_name(&text);
        let shown = shown(&format!("by {name}"));
        assert_no_autolink(&shown);
        prop_assert_eq!(shown.replace(['\u{e000}', '\u{e001}'], "`"), format!("by {name}"));
    }
}
