//! What the template of a derived value refers to. Never resolves a reference.

use super::is_name;

/// A part of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text that stands for itself.
    Text(&'a str),
    /// `{folder}`: the absolute path of the folder that holds `.env`.
    Folder,
    /// `{NAME}`: the value of another variable.
    Variable(&'a str),
}

/// A template that refers to nothing known. Its text is what stands between the braces.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Neither `folder` nor the name of a variable stands in the braces.
    #[error("refers to `{{{0}}}`, which is neither `{{folder}}` nor a variable")]
    Unknown(String),
    /// A brace without its other one.
    #[error("has a brace without its other one")]
    Unpaired,
}

/// The parts of a template, in order.
///
/// ```
/// use bundle_format::contract::{Piece, pieces};
/// assert_eq!(pieces("https://auth.{DOMAIN}"), Ok(vec![Piece::Text("https://auth."), Piece::Variable("DOMAIN")]));
/// ```
///
/// # Errors
///
/// [`TemplateError`] at the first place that is wrong.
pub fn pieces(template: &str) -> Result<Vec<Piece<'_>>, TemplateError> {
    let mut parts = Vec::new();
    let mut rest = template;
    loop {
        let (text, behind) = rest.split_once('{').map_or((rest, None), |(text, behind)| (text, Some(behind)));
        if text.contains('}') {
            return Err(TemplateError::Unpaired);
        }
        if !text.is_empty() {
            parts.push(Piece::Text(text));
        }
        let Some(behind) = behind else { return Ok(parts) };
        let (name, after) = behind.split_once('}').ok_or(TemplateError::Unpaired)?;
        parts.push(match name {
            "folder" => Piece::Folder,
            name if is_name(name) => Piece::Variable(name),
            _ => return Err(TemplateError::Unknown(name.escape_debug().to_string())),
        });
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_text_and_references() {
        assert_eq!(pieces("").unwrap(), []);
        assert_eq!(pieces("{folder}/a").unwrap(), [Piece::Folder, Piece::Text("/a")]);
        assert_eq!(pieces("{A}{B1}").unwrap(), [Piece::Variable("A"), Piece::Variable("B1")]);
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        assert_eq!(pieces("{home}"), Err(TemplateError::Unknown("home".to_owned())));
        assert_eq!(pieces("{}"), Err(TemplateError::Unknown(String::new())));
        for text in ["a}b", "{A", "}{", "{A}}"] {
            assert_eq!(pieces(text), Err(TemplateError::Unpaired), "{text}");
        }
    }
}
