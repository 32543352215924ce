//! Titles as people and attackers write them, each with what a changelog may say. Never computes the one from the other.

/// A title, and the entry it makes. `{n}` is the pull request's own number, `{m}` another's.
pub struct Title {
    raw: &'static str,
    entry: &'static str,
}

/// Every title.
pub const TITLES: &[Title] = &[
    Title { raw: "Add threads", entry: "Add threads" },
    Title { raw: "feat(bot): add threads", entry: "Add threads" },
    Title { raw: "fix!: answer (#{n})", entry: "Answer" },
    Title { raw: "Port the fix of (#{m})", entry: "Port the fix of (`#{m}`)" },
    Title { raw: "Revert \"feat: add threads\"", entry: "Revert \"feat: add threads\"" },
    Title { raw: "minor: no label, major neither", entry: "Minor: no label, major neither" },
    Title { raw: "Fix *all*\nof <b>it</b>", entry: r"Fix \*all\* of &lt;b&gt;it&lt;/b&gt;" },
    Title { raw: "Thanks @alice, see #{m}", entry: "Thanks `@alice`, see `#{m}`" },
    Title { raw: "::add-mask::everything", entry: r"\::add-mask::everything" },
    Title { raw: "\u{202e}evil\u{1b}[31m red", entry: "Evil red" },
    Title { raw: "## 9.9.9 - today", entry: r"\## 9.9.9 - today" },
    Title { raw: "", entry: "(no title)" },
];

impl Title {
    /// The title of a pull request.
    pub fn raw(&self, number: u64) -> String {
        filled(self.raw, number)
    }

    /// What the changelog says.
    pub fn entry(&self, number: u64) -> String {
        filled(self.entry, number)
    }
}

fn filled(text: &str, number: u64) -> String {
    text.replace("{n}", &number.to_string()).replace("{m}", &(number + 2).to_string())
}
