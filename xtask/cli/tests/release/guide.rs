//! The documented commands of an update and of the way back, typed as they stand in the guide, and what an operator expects of each.

use std::fs;
use std::path::{Path, PathBuf};

use crate::bundles::{assigned, composed, typed, works};
use crate::landing::Pull;
use crate::stage::{Setting, Stage};

/// The commands up to the start, as the guide has them. `ARCHIVE` stands for the name of the bundle.
const UNPACK: &str = "tar -xz -C DIR < ARCHIVE";
const KEEP: &str = "cp .env DIR/.env";
const COMPARE: &str = "diff <(grep -oP '^[A-Z_]+=' .env.template) <(grep -oP '^[A-Z_]+=' DIR/.env.template)";
const REPLACE: &str = "cp -r DIR/* .";
/// What `docker compose pull` and `up` read first: without an engine, this is as far as they go.
const START: &str = "docker compose config --quiet";

/// A second version: a variable is renamed, three are new, a configuration file has another name.
fn second_version(clone: &Path) {
    let path = clone.join("config/env.yaml");
    let text = fs::read_to_string(&path).expect("a contract");
    let renamed = "  - name: PUBLIC_DOMAIN\n    renamed_from: [DOMAIN]\n";
    let new = "
  - name: BACKUP_KEY
    section: data
    description: Encrypts backups.
    kind: { type: secret, generate: { type: base64url, bytes: 32 } }
    required: true
    consumers: [server]

  - name: S3_BUCKET
    section: data
    description: Where backups lie.
    kind: { type: default, value: backups }
    consumers: [server]

  - name: MAIL_HOST
    section: general
    description: Who sends mail.
    kind: { type: default, value: localhost }
    consumers: [server]
";
    fs::write(&path, text.replace("  - name: DOMAIN\n", renamed) + new).expect("a file");
    let path = clone.join("compose/base.yaml");
    let text = fs::read_to_string(&path).expect("a Compose file");
    let text = text
        .replace(
            "      DOMAIN: ${DOMAIN:?run ./setup-env.sh}\n",
            "      DOMAIN: ${PUBLIC_DOMAIN:?run ./setup-env.sh}
      BACKUP_KEY: ${BACKUP_KEY:?run ./setup-env.sh}
      S3_BUCKET: ${S3_BUCKET:-backups}
      MAIL_HOST: ${MAIL_HOST:-localhost}\n",
        )
        .replace("server.conf:/etc/server.conf", "main.conf:/etc/server.conf");
    fs::write(&path, text).expect("a file");
    let configs = clone.join("config/services/server");
    fs::rename(configs.join("server.conf"), configs.join("main.conf")).expect("renamed");
}

/// An installation of v1.0.0 with data, and beside it the bundles of v1.0.0 and v1.1.0.
fn installed() -> (Stage, PathBuf) {
    let stage = Setting::new().set();
    let first = stage.release().ends_with(0).clone.join("dist/v1.0.0/aihummer-v1.0.0.tar.gz");
    let labels = &["minor"];
    stage.land(&Pull { title: "Back up to S3", labels, edit: second_version, ..Pull::default() });
    let second = stage.release().ends_with(0).clone.join("dist/v1.1.0/aihummer-v1.1.0.tar.gz");
    let folder = stage.path("installation");
    fs::create_dir_all(folder.join("DIR")).expect("a folder");
    for archive in [first, second] {
        fs::copy(&archive, folder.join(archive.file_name().expect("a name"))).expect("a copy");
    }
    works(&folder, "tar -xz -C . < aihummer-v1.0.0.tar.gz");
    works(&folder, "./setup-env.sh --non-interactive --set DOMAIN=hub.example.org");
    works(&folder, START);
    fs::create_dir_all(folder.join(".docker-volumes/postgres")).expect("a folder");
    fs::write(folder.join(".docker-volumes/postgres/PG_VERSION"), "17\n").expect("data");
    fs::write(folder.join("notes of the operator.txt"), "Call Rosa.\n").expect("a file");
    (stage, folder)
}

#[test]
fn row_2_3_the_guides_update_and_rollback_work_word_by_word_on_the_same_data() {
    let (_stage, folder) = installed();
    let (env, before) = (assigned(&folder), composed(&folder));
    let bytes = |name: &str| fs::read(folder.join(name)).expect("a file");
    let kept = bytes(".env");

    works(&folder, &UNPACK.replace("ARCHIVE", "aihummer-v1.1.0.tar.gz"));
    assert!(folder.join("DIR/docker-compose.yml").is_file(), "no folder on top");
    works(&folder, KEEP);
    let refused = typed(&folder.join("DIR"), START);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("run ./setup-env.sh"), "{said}");
    assert!(
        said.contains("PUBLIC_DOMAIN") || said.contains("BACKUP_KEY"),
        "it names what is missing: {said}"
    );

    let compared = typed(&folder, COMPARE);
    assert_eq!(compared.status.code(), Some(1), "they differ");
    let shown = String::from_utf8_lossy(&compared.stdout).into_owned();
    for line in ["< DOMAIN=", "> PUBLIC_DOMAIN=", "> BACKUP_KEY=", "> MAIL_HOST="] {
        assert!(shown.lines().any(|shown| shown == line), "`{line}` is not in {shown}");
    }
    assert!(!shown.contains("S3_BUCKET"), "the guide's pattern does not see digits: {shown}");

    works(&folder, REPLACE);
    assert_eq!(bytes("docker-compose.yml"), bytes("DIR/docker-compose.yml"));
    assert_eq!(bytes("configs/server/main.conf"), b"listen = 8080\n");
    assert_eq!(bytes(".env"), kept, "the operator's settings are as they were");
    assert!(folder.join("configs/server/server.conf").is_file(), "what went from the bundle stays behind");
    assert_eq!(bytes("notes of the operator.txt"), b"Call Rosa.\n");
    let refused = typed(&folder, START);
    assert!(!refused.status.success(), "nothing starts with an empty value");

    // As the bundle's README goes on.
    works(&folder, "cp DIR/.env.template . && ./setup-env.sh --non-interactive");
    works(&folder, START);
    let (now, after) = (assigned(&folder), composed(&folder));
    assert_eq!(now["PUBLIC_DOMAIN"], env["DOMAIN"], "a renamed variable takes its value along");
    for name in ["POSTGRES_PASSWORD", "MODEL_TOKEN", "VOLUME_ROOT"] {
        assert_eq!(now[name], env[name], "{name}");
    }
    assert!(now["BACKUP_KEY"].len() >= 43 && now["S3_BUCKET"] == "backups", "new ones have values");
    assert_eq!(after["name"], before["name"], "the same project");
    let data = |config: &serde_json::Value| config["services"]["postgres"]["volumes"][0]["source"].clone();
    assert_eq!(data(&after), data(&before), "the same data");
    assert_eq!(bytes(".docker-volumes/postgres/PG_VERSION"), b"17\n");

    // The way back: the same with the bundle before.
    works(&folder, "rm -r DIR && mkdir DIR");
    works(&folder, &UNPACK.replace("ARCHIVE", "aihummer-v1.0.0.tar.gz"));
    works(&folder, KEEP);
    let compared = typed(&folder, COMPARE);
    assert_eq!(compared.status.code(), Some(1), "they differ");
    assert!(
        String::from_utf8_lossy(&compared.stdout).lines().any(|line| line == "> DOMAIN="),
        "what comes back"
    );
    works(&folder, REPLACE);
    works(&folder, START);
    assert_eq!(assigned(&folder), now, "the same settings");
    let back = composed(&folder);
    assert_eq!(back["services"]["server"], before["services"]["server"]);
    assert_eq!(data(&back), data(&before));
}

#[test]
fn row_2_3_nothing_in_a_bundle_can_be_busy_when_it_is_replaced() {
    let (_stage, folder) = installed();
    works(&folder, &UNPACK.replace("ARCHIVE", "aihummer-v1.1.0.tar.gz"));
    let executable = works(&folder, "find DIR -type f -perm /111");
    assert_eq!(executable.trim(), "DIR/setup-env.sh");
    let start = works(&folder, "head -c 2 DIR/setup-env.sh");
    assert_eq!(start, "#!", "a script, which can be replaced while it runs");
}
