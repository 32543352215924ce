//! The rules about values that follow from others. Never computes one.

use serde_json::{Map, Value};

use super::{EnvironmentContract, Fault, Kind, Variable, fault};
use crate::contract::{TemplateError, pieces};

pub(super) fn template(_: &EnvironmentContract, _: usize, variable: &Variable) -> Option<Fault> {
    let (key, template) = written(variable)?;
    let example = if key == "kind.user" { "`admin` or `{ADMIN_USER}`" } else { "`https://auth.{DOMAIN}`" };
    if template.is_empty() {
        return Some(fault(key, "is empty", format!("write a value, as in {example}")));
    }
    let error = pieces(template).err()?;
    let right = match error {
        TemplateError::Unknown(_) => "`{folder}` and names of variables are all it can refer to",
        TemplateError::Unpaired => "write `{NAME}` or `{folder}`; there is no way to write a brace itself",
    };
    Some(fault(key, error.to_string(), format!("{right}, as in {example}")))
}

pub(super) fn known(contract: &EnvironmentContract, _: usize, variable: &Variable) -> Option<Fault> {
    let unknown = variable.kind.follows().into_iter().find(|name| contract.variable(name).is_none())?;
    let wrong = format!("`{}` is no variable of the contract", unknown.escape_debug());
    Some(fault(
        place_of(variable, unknown),
        wrong,
        "declare it, or correct the name; former names do not count",
    ))
}

/// Told of the first variable of a cycle only.
pub(super) fn cycle(contract: &EnvironmentContract, index: usize, variable: &Variable) -> Option<Fault> {
    let path = path_back(contract, variable)?;
    let earlier = contract.variables.iter().take(index);
    if earlier.into_iter().any(|other| path.contains(&other.name.as_str())) {
        return None;
    }
    let names: Vec<String> = path.iter().map(|name| format!("`{name}`")).collect();
    let wrong = format!("follows from itself: {} → `{}`", names.join(" → "), variable.name);
    Some(fault("kind", wrong, "let one of them be given or made"))
}

/// The names from a variable back to itself, along what each follows from.
fn path_back<'a>(contract: &'a EnvironmentContract, start: &'a Variable) -> Option<Vec<&'a str>> {
    let mut seen: Vec<&str> = Vec::new();
    let mut open = vec![vec![start.name.as_str()]];
    while let Some(path) = open.pop() {
        let last = path.last().and_then(|name| contract.variable(name));
        for name in last.map(|it| it.kind.follows()).unwrap_or_default() {
            if name == start.name {
                return Some(path);
            }
            if !seen.contains(&name) {
                seen.push(name);
                open.push(path.iter().copied().chain([name]).collect());
            }
        }
    }
    None
}

pub(super) fn secret(contract: &EnvironmentContract, _: usize, variable: &Variable) -> Option<Fault> {
    let is_secret = |name: &str| contract.variable(name).is_some_and(Variable::is_secret);
    match &variable.kind {
        Kind::Derived { .. } if !variable.sensitive => {
            let name = variable.kind.follows().into_iter().find(|name| is_secret(name))?;
            let wrong = format!("shows `{name}`, which is a secret");
            Some(fault("kind.template", wrong, "set `sensitive`, so that nothing shows the value"))
        }
        Kind::Htpasswd { password: name, .. } | Kind::Jwt { key: name, .. } => {
            let plain = contract.variable(name).is_some() && !is_secret(name);
            let wrong = format!("`{name}` is no secret");
            plain.then(|| fault(place_of(variable, name), wrong, "name a generated or `sensitive` variable"))
        }
        _ => None,
    }
}

pub(super) fn required(contract: &EnvironmentContract, _: usize, variable: &Variable) -> Option<Fault> {
    if !variable.required {
        return None;
    }
    let optional = |name: &&str| contract.variable(name).is_some_and(|it| !it.required);
    let name = variable.kind.follows().into_iter().find(optional)?;
    let wrong = format!("is set, but `{name}`, from which it follows, may be empty");
    Some(fault("required", wrong, format!("set `required` of `{name}`, too, or remove it here")))
}

pub(super) fn user(_: &EnvironmentContract, _: usize, variable: &Variable) -> Option<Fault> {
    let Kind::Htpasswd { user: Some(user), .. } = &variable.kind else { return None };
    let right = "the first `:` ends the user: write a name without, as in `admin`";
    user.contains([':', '\n']).then(|| fault("kind.user", "holds `:` or a line break", right))
}

pub(super) fn claims(_: &EnvironmentContract, _: usize, variable: &Variable) -> Option<Fault> {
    let Kind::Jwt { claims, .. } = &variable.kind else { return None };
    let object = serde_json::from_str::<Map<String, Value>>(claims).ok().filter(|object| !object.is_empty());
    let plain = !claims.contains(char::is_control);
    (object.is_none() || !plain).then(|| {
        let right = "say what is claimed in JSON, as in `{\"role\":\"reader\"}`";
        fault("kind.claims", "is no JSON object with something in it, on one line", right)
    })
}

/// The template of a kind that has one, and its key.
fn written(variable: &Variable) -> Option<(&'static str, &str)> {
    match &variable.kind {
        Kind::Derived { template } => Some(("kind.template", template)),
        Kind::Htpasswd { user: Some(user), .. } => Some(("kind.user", user)),
        _ => None,
    }
}

/// The key under which a kind names another variable.
fn place_of(variable: &Variable, name: &str) -> &'static str {
    match &variable.kind {
        Kind::Htpasswd { password, .. } if password == name => "kind.password",
        Kind::Htpasswd { .. } => "kind.user",
        Kind::Jwt { .. } => "kind.key",
        _ => "kind.template",
    }
}
