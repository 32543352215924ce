//! `setup-env`: the `.env` of a checkout or of another folder, from the environment contract, as `setup-env.sh` of a bundle writes it.

mod arguments;

use bundle_format::dotenv::EnvFile;
use bundle_format::dotenv::complete;
use bundle_format::setup::{
    Answers, Decision, Hidden, Randomness, Refusal, Request, Situation, decide, questions,
};
use release_core::config::Configuration;
use release_core::finding::Cause;
use release_edge::failure::Failure;
use release_edge::gather::configuration_here;
use release_edge::repository::Repository;
use release_edge::settings::{Settings, Turn, randomness, refused};

use crate::args::SetupEnvArgs;
use crate::context::root;
use crate::exit::Stop;
use crate::terminal;

pub use arguments::refused_arguments;

/// How it is called.
const COMMAND: &str = "cargo xtask setup-env";

/// Runs the command.
pub fn run(args: &SetupEnvArgs) -> Result<(), Stop> {
    let root = root()?;
    let config = configuration_here(&Repository::open(&root)?)?;
    let request = request(args, &config).map_err(|refusal| refused(&refusal, COMMAND))?;
    let settings = Settings::of(args.folder.as_deref().unwrap_or(&root))?;
    if args.check {
        return check(args, &config, &settings);
    }
    let decision = update(args, &config, &settings, &request)?;
    if !args.output.json {
        tell(&decision);
    }
    judge(args, &settings, &config, decision)
}

fn request<'a>(args: &SetupEnvArgs, config: &'a Configuration) -> Result<Request<'a>, Refusal> {
    let mut request = Request::new(&config.environment, &config.release.product);
    args.set.iter().try_for_each(|assignment| request.set(&assignment.0))?;
    args.rotate.iter().try_for_each(|name| request.rotate(name))?;
    args.rekey_by_hand.iter().try_for_each(|name| request.rekey(name))?;
    if args.check && !request.is_empty() {
        return Err(Refusal::Usage("--check changes nothing, so it takes no other option".to_owned()));
    }
    request.consistent()?;
    Ok(request)
}

fn check(args: &SetupEnvArgs, config: &Configuration, settings: &Settings) -> Result<(), Stop> {
    let Some(current) = settings.read()? else {
        let what = format!("there is no .env in `{}`", settings.folder());
        return Err(Failure::new(Cause::EnvIncomplete, what, format!("run {COMMAND}")).into());
    };
    let file = EnvFile::parse(current.reveal()).map_err(|error| refused(&error.into(), COMMAND))?;
    let problems = complete(&config.environment, &file);
    judge(args, settings, config, Decision { problems, ..Decision::default() })?;
    if !args.output.json {
        terminal::out(".env is complete.");
    }
    Ok(())
}

fn update(
    args: &SetupEnvArgs,
    config: &Configuration,
    settings: &Settings,
    request: &Request<'_>,
) -> Result<Decision, Stop> {
    let turn = Turn::take(settings)?;
    terminal::clean_on_interruption(turn.beside())?;
    let current = settings.read()?;
    let situation = Situation {
        contract: &config.environment,
        product: &config.release.product,
        folder: settings.folder(),
        current: current.as_ref(),
    };
    let random = randomness(&config.environment)?;
    let decision = decided(args, &situation, request, random).map_err(|refusal| told(&refusal))?;
    match &decision.text {
        None => settings.close_to_others()?,
        Some(text) => {
            if let (Some(current), false) = (&current, decision.rekeyed.is_empty()) {
                turn.keep(current)?;
            }
            turn.write(text)?;
        }
    }
    Ok(decision)
}

fn decided(
    args: &SetupEnvArgs,
    situation: &Situation<'_>,
    request: &Request<'_>,
    random: Randomness,
) -> Result<Decision, Refusal> {
    let mut answers = Answers::new();
    if !args.non_interactive && !args.output.json && terminal::can_ask() {
        for variable in questions(situation, request)? {
            let answer = terminal::ask_for(variable, situation.product);
            answers.extend(answer.map(|answer: Hidden| (variable.name.clone(), answer)));
        }
    }
    decide(situation, request, &answers, random)
}

/// What must be done in the data is said before the refusal.
fn told(refusal: &Refusal) -> Failure {
    if let Refusal::Immutable(bound) = refusal {
        bound.iter().for_each(|bound| terminal::note(&bound.told()));
    }
    refused(refusal, COMMAND)
}

fn tell(decision: &Decision) {
    if !decision.kept.is_empty() {
        terminal::out(&format!(
            "Kept although they do not follow from the other values: {}",
            decision.kept.join(" ")
        ));
        terminal::out(
            "  They were set by hand, or what they follow from was. --rotate NAME derives one again.",
        );
    }
    if decision.text.is_none() {
        terminal::out(".env needs no change.");
    }
    let lists =
        [("Added to", &decision.added), ("Filled in", &decision.filled), ("Changed in", &decision.changed)];
    for (what, names) in lists {
        if !names.is_empty() {
            terminal::out(&format!("{what} .env: {}", names.join(" ")));
        }
    }
    if !decision.rekeyed.is_empty() {
        terminal::out(
            "To do in the data, before the next start; the old values are in .env.old, which you delete after that:",
        );
        decision.rekeyed.iter().for_each(|bound| terminal::out(&bound.told()));
    }
}

/// Ends with what keeps the platform from starting, if anything does.
fn judge(
    args: &SetupEnvArgs,
    settings: &Settings,
    config: &Configuration,
    decision: Decision,
) -> Result<(), Stop> {
    let findings: Vec<_> = (!decision.problems.is_empty())
        .then(|| {
            let what = format!("{} cannot start with these values", config.release.product);
            let hint = format!(
                "write them into {}, or run {COMMAND} on a terminal or with --set NAME=VALUE",
                settings.file().display()
            );
            Failure::new(Cause::EnvIncomplete, what, hint).into_finding()
        })
        .into_iter()
        .collect();
    let problems: Vec<String> = decision.problems.iter().map(ToString::to_string).collect();
    if args.output.json {
        let rekeyed: Vec<_> = decision.rekeyed.iter().map(|bound| &bound.name).collect();
        terminal::json(&serde_json::json!({
            "added": decision.added, "filled": decision.filled, "changed": decision.changed, "kept": decision.kept,
            "rekeyed": rekeyed, "problems": problems, "findings": findings,
        }));
    }
    problems.iter().for_each(|problem| terminal::note(&format!("  {problem}")));
    if findings.is_empty() {
        return Ok(());
    }
    terminal::report_findings(&findings);
    Err(Stop::Reported(Cause::EnvIncomplete))
}
