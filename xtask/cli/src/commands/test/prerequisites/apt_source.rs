//! Deriving a package source for another Debian suite from a source that the machine already uses.
//!
//! Pure. Must never contain a host: where packages come from is the machine's choice, only the suite's name is changed.
//! Formats: sources.list(5), one-line style and deb822 style.

/// How a file of package sources is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `deb [options] URI suite component…`, one line each (`*.list`).
    OneLine,
    /// Stanzas of fields (`*.sources`).
    Deb822,
}

/// One file of package sources.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    /// How it is written.
    pub(crate) style: Style,
    /// Its text.
    pub(crate) text: String,
}

/// A source for one suite, in the style of the source it was derived from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Derived {
    /// How it is written.
    pub(crate) style: Style,
    /// The text of the whole file.
    pub(crate) text: String,
}

impl Derived {
    /// Where its packages come from; none in a text that names no place.
    pub(crate) fn uri(&self) -> Option<&str> {
        match self.style {
            Style::OneLine => self.text.split_whitespace().find(|word| word.contains(":/")),
            Style::Deb822 => {
                let field = self.text.lines().find_map(|line| line.strip_prefix("URIs:"));
                field?.split_whitespace().next()
            }
        }
    }
}

/// Returns a source for `suite` made from the first enabled source that has the machine's own release, `codename`, and the
/// component `main`; `None` when the machine has no such source.
pub(crate) fn derive(files: &[SourceFile], codename: &str, suite: &str) -> Option<Derived> {
    files.iter().find_map(|file| {
        let text = match file.style {
            Style::OneLine => file.text.lines().find_map(|line| from_line(line, codename, suite)),
            Style::Deb822 => {
                stanzas(&file.text).iter().find_map(|stanza| from_stanza(stanza, codename, suite))
            }
        }?;
        Some(Derived { style: file.style, text })
    })
}

/// Names under which a machine may follow its release; `bookworm-security` and the like are other archives.
fn is_own(suite: &str, codename: &str) -> bool {
    [codename, "stable", "oldstable"].contains(&suite)
}

fn from_line(line: &str, codename: &str, suite: &str) -> Option<String> {
    let rest = line.trim().strip_prefix("deb")?;
    let rest = rest.starts_with(char::is_whitespace).then(|| rest.trim_start())?;
    let (options, rest) = match rest.strip_prefix('[') {
        Some(inner) => {
            let (options, rest) = inner.split_once(']')?;
            (format!("[{options}] "), rest)
        }
        None => (String::new(), rest),
    };
    let rest = rest.split('#').next().unwrap_or_default();
    let mut words = rest.split_whitespace();
    let (uri, own) = (words.next()?, words.next()?);
    let fits = is_own(own, codename) && words.any(|component| component == "main");
    fits.then(|| format!("deb {options}{uri} {suite} main\n"))
}

/// A field's name and its value, with the continuation lines as they are.
type Field<'a> = (&'a str, String);

fn stanzas(text: &str) -> Vec<Vec<Field<'_>>> {
    let mut all = vec![Vec::new()];
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some(current) = all.last_mut() else { break };
        if line.trim().is_empty() {
            all.push(Vec::new());
        } else if line.starts_with(char::is_whitespace) {
            if let Some((_, value)) = current.last_mut() as Option<&mut Field<'_>> {
                value.push('\n');
                value.push_str(line);
            }
        } else if let Some((name, value)) = line.split_once(':') {
            current.push((name, value.trim().to_owned()));
        }
    }
    all
}

fn from_stanza(stanza: &[Field<'_>], codename: &str, suite: &str) -> Option<String> {
    let words = |wanted: &str| -> Vec<&str> {
        let field = stanza.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        field.map(|(_, value)| value.split_whitespace().collect()).unwrap_or_default()
    };
    let fits = words("Types").contains(&"deb")
        && words("Components").contains(&"main")
        && words("Suites").iter().any(|own| is_own(own, codename))
        && words("Enabled").first().is_none_or(|enabled| *enabled != "no");
    fits.then(|| {
        stanza
            .iter()
            .map(|(name, value)| match name.to_ascii_lowercase().as_str() {
                "types" => "Types: deb\n".to_owned(),
                "suites" => format!("Suites: {suite}\n"),
                "components" => "Components: main\n".to_owned(),
                _ => format!("{name}: {value}\n"),
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(style: Style, text: &str) -> Option<String> {
        let file = SourceFile { style, text: text.to_owned() };
        derive(&[file], "bookworm", "trixie").map(|derived| derived.text)
    }

    #[test]
    fn a_deb822_stanza_keeps_all_but_its_suite_and_components() {
        let text = "# made by an installer\nTypes: deb deb-src\n# an old place\nURIs: http://mirror.example/debian\n\
                    Suites: bookworm bookworm-updates\nComponents: main contrib\nSigned-By: /usr/share/keyrings/a.gpg\n";
        assert_eq!(
            derived(Style::Deb822, text).unwrap(),
            "Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie\nComponents: main\n\
             Signed-By: /usr/share/keyrings/a.gpg\n"
        );
    }

    #[test]
    fn the_place_of_the_packages_is_found_in_either_style() {
        let deb822 = "Types: deb\nURIs: http://mirror.example/debian http://b.example\nSuites: bookworm\nComponents: main\n";
        let line = "deb [arch=amd64 signed-by=/usr/share/keyrings/a.gpg] https://mirror.example/debian bookworm main";
        for (style, text, uri) in [
            (Style::Deb822, deb822, "http://mirror.example/debian"),
            (Style::OneLine, line, "https://mirror.example/debian"),
        ] {
            let file = SourceFile { style, text: text.to_owned() };
            let derived = derive(&[file], "bookworm", "trixie").unwrap();
            assert_eq!(derived.uri(), Some(uri));
        }
    }

    #[test]
    fn a_key_written_into_the_stanza_stays_whole() {
        let text = "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\nSigned-By:\n -----BEGIN-----\n .\n abc\n";
        assert!(derived(Style::Deb822, text).unwrap().ends_with("Signed-By: \n -----BEGIN-----\n .\n abc\n"));
    }

    #[test]
    fn security_disabled_and_foreign_stanzas_are_passed_over() {
        let text = "Types: deb\nURIs: http://a.example/security\nSuites: bookworm-security\nComponents: main\n\n\
                    Types: deb\nURIs: http://b.example/debian\nSuites: bookworm\nComponents: main\nEnabled: no\n\n\
                    Types: deb\nURIs: http://c.example/node\nSuites: nodistro\nComponents: main\n\n\
                    Types: deb-src\nURIs: http://d.example/debian\nSuites: bookworm\nComponents: main\n\n\
                    Types: deb\nURIs: http://e.example/debian\nSuites: bookworm\nComponents: main\n";
        assert!(derived(Style::Deb822, text).unwrap().contains("http://e.example/debian"));
    }

    #[test]
    fn a_line_keeps_its_options_and_place() {
        let text = "# deb http://old.example/debian bookworm main\ndeb-src http://a.example/debian bookworm main\n\
                    deb http://a.example/security bookworm-security main\n\
                    deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm main contrib # ours\n";
        assert_eq!(
            derived(Style::OneLine, text).unwrap(),
            "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian trixie main\n"
        );
        let followed = derived(Style::OneLine, "deb http://mirror.example/debian stable main").unwrap();
        assert_eq!(followed, "deb http://mirror.example/debian trixie main\n");
    }

    #[test]
    fn a_machine_without_a_source_of_its_release_has_none_to_derive_from() {
        assert_eq!(derived(Style::OneLine, "deb http://mirror.example/node nodistro main\n"), None);
        assert_eq!(derived(Style::Deb822, ""), None);
    }
}
