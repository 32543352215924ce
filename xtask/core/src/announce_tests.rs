//! What webhooks get, whatever strangers wrote.

use serde_json::Value;

use super::*;
use crate::facts::Content;
use crate::plan::{Decision, make};
use crate::samples;
use crate::untrusted::markdown_line;

const URL: &str = "https://forge.example/acme/widgets/releases/tag/v1.3.0";

fn plan(title: &str, entries: usize) -> Plan {
    let Ok(Decision::Release(plan, _)) = make(&samples::facts()) else { panic!("a plan") };
    let mut plan = *plan;
    let entry = Entry { text: markdown_line(title), ..plan.entries[0].clone() };
    plan.entries = vec![entry; entries];
    plan
}

fn announcement(kind: AnnouncementKind) -> AnnouncementConfig {
    AnnouncementConfig {
        name: "team".to_owned(),
        kind,
        url_from: "SLIPWAY_WEBHOOK_TEAM".to_owned(),
        channels: None,
        template: None,
    }
}

fn told(kind: AnnouncementKind, title: &str, entries: usize) -> Value {
    let body = body(&announcement(kind), &plan(title, entries), "widgets", URL, &BTreeMap::new()).unwrap();
    serde_json::from_str(&body).unwrap()
}

const HOSTILE: &str = "<!channel> \"quoted\\\" {{ product }} <https://evil.example|here> & @here `x`";
const KINDS: [AnnouncementKind; 3] =
    [AnnouncementKind::Slack, AnnouncementKind::Teams, AnnouncementKind::Generic];

#[test]
fn each_kind_tells_what_was_released_and_where() {
    let slack = told(AnnouncementKind::Slack, "Serve the page", 2);
    assert_eq!(slack["text"], format!("widgets v1.3.0 is released: {URL}"));
    assert_eq!(slack["blocks"][1]["text"]["text"], "• Serve the page");
    assert_eq!(slack["blocks"][3]["text"]["text"], format!("<{URL}|What changed>"));
    let teams = told(AnnouncementKind::Teams, "Serve the page", 1);
    let card = &teams["attachments"][0]["content"];
    assert_eq!((&card["type"], &card["actions"][0]["url"]), (&"AdaptiveCard".into(), &URL.into()));
    assert_eq!(card["body"][1]["inlines"][0]["text"], "• Serve the page");
    let generic = told(AnnouncementKind::Generic, "Serve the page", 1);
    assert_eq!((&generic["tag"], &generic["url"]), (&"v1.3.0".into(), &URL.into()));
    assert_eq!(generic["entries"][0]["text"], "Serve the page");
}

#[test]
fn words_of_strangers_mention_nobody_and_end_no_text() {
    for kind in KINDS {
        let text = told(kind, HOSTILE, 1).to_string();
        assert!(text.contains("{{ product }}"), "{kind:?}: {text}");
        assert_eq!(text.contains("<!channel>"), kind != AnnouncementKind::Slack, "{kind:?}: {text}");
    }
    let slack = told(AnnouncementKind::Slack, HOSTILE, 1).to_string();
    assert!(
        slack.contains("&lt;!channel&gt;") && slack.contains("&lt;https://evil.example|here&gt;"),
        "{slack}"
    );
    assert_eq!(told(AnnouncementKind::Slack, HOSTILE, 1)["blocks"][1]["text"]["type"], "plain_text");
    let generic = told(AnnouncementKind::Generic, HOSTILE, 1);
    assert_eq!(generic["entries"][0]["text"], HOSTILE, "as it was written");
}

#[test]
fn a_long_list_is_counted_and_a_long_title_is_cut() {
    let slack = told(AnnouncementKind::Slack, &"ä ".repeat(1000), 45);
    let blocks = slack["blocks"].as_array().unwrap();
    assert_eq!(blocks.len(), 22);
    assert_eq!(blocks[21]["text"]["text"], format!("<{URL}|and 25 more changes>"));
    assert!(blocks[1]["text"]["text"].as_str().unwrap().chars().count() < 310);
}

#[test]
fn a_template_of_the_repository_wins_and_a_wrong_one_is_named() {
    let (plan, mut tree) = (plan("x", 1), BTreeMap::new());
    let mut made = |own: AnnouncementConfig, text: &str| {
        let content = Content::Text(text.to_owned());
        let path =
            format!("bundle-templates/{}", own.template.as_deref().unwrap_or("announcement-generic.json.j2"));
        tree.insert(path, SourceFile { content, executable: false });
        body(&own, &plan, "widgets", URL, &tree)
    };
    let own = || announcement(AnnouncementKind::Generic);
    assert_eq!(made(own(), r#"{"say": {{ tag }}}"#).unwrap(), r#"{"say":"v1.3.0"}"#);
    let named = AnnouncementConfig { template: Some("ours.json.j2".to_owned()), ..own() };
    assert_eq!(made(named, r#"[{{ version }}]"#).unwrap(), r#"["1.3.0"]"#);
    for wrong in ["{{ nothing }}", "{% if %}", "{\"a\": }"] {
        let error = made(own(), wrong).unwrap_err().to_string();
        assert!(error.contains("bundle-templates/announcement-generic.json.j2"), "{error}");
    }
    let missing = AnnouncementConfig { template: Some("none.j2".to_owned()), ..own() };
    assert_eq!(
        body(&missing, &plan, "widgets", URL, &BTreeMap::new()),
        Err(AnnouncementError::Missing("bundle-templates/none.j2".to_owned()))
    );
}

#[test]
fn stable_releases_are_told_of_unless_channels_are_named() {
    let mut config = samples::configuration().release;
    config.announcements = vec![announcement(AnnouncementKind::Generic)];
    let stable = config.channels[0].name.clone();
    assert_eq!(due(&config, &stable).count(), 1);
    let candidates =
        config.channels.iter().find(|channel| channel.prerelease.is_some()).unwrap().name.clone();
    assert_eq!(due(&config, &candidates).count(), 0);
    config.announcements[0].channels = Some(vec![candidates.clone()]);
    assert_eq!((due(&config, &stable).count(), due(&config, &candidates).count()), (0, 1));
}
