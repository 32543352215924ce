//! Tests of loading and looking into Compose files; equality with Docker Compose is proven in `tests/compose_merge.rs`.

use super::*;

fn one(text: &str) -> Result<ComposeFile, Errors> {
    load(&[("base.yaml", text)])
}

fn errors(sources: &[(&str, &str)]) -> Vec<String> {
    load(sources).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn every_problem_is_told_with_file_line_key_and_what_to_do() {
    let text = "\
include: [other.yaml]
servises: {}
services:
  a:
    image: [x]
    imgae: y
    extends: {service: b}
    ports: [\"a:80\"]
    labels: {l: \"${A\"}
    environment: {A: !other x}
";
    let found = errors(&[("base.yaml", text), ("over.yaml", "services: [a\n")]);
    let expected = [
        "base.yaml:1:1: `include`: this is not supported; name the included file as a Compose file of its own, after this one",
        "base.yaml:2:1: `servises`: this key is not known here; did you mean `services`? A key of your own begins with `x-`",
        "base.yaml:5:12: `services.a.image`: takes text, not a list; write text",
        "base.yaml:6:5: `services.a.imgae`: this key is not known here; did you mean `image`? A key of your own begins with `x-`",
        "base.yaml:7:5: `services.a.extends`: this is not supported; use an anchor and a merge key (`<<: *name`) in this file",
        "base.yaml:8:13: `services.a.ports[0]`: `a:80` is not a port; write `PUBLISHED:TARGET`, with an address before and `/udp` behind if need be",
        "base.yaml:9:17: `services.a.labels.l`: `${A` is no expression that Compose understands; write `${NAME}`, `${NAME:-default}` or `${NAME:?message}`, or `$$` for a dollar sign",
        "base.yaml:10:22: `services.a.environment.A`: the tag `!other` is not supported; only `!reset` and `!override` are",
    ];
    assert_eq!(found[..expected.len()], expected);
    assert_eq!(found.len(), expected.len() + 1);
    assert!(found[expected.len()].starts_with("over.yaml:2:1: "), "{}", found[expected.len()]);
}

#[test]
fn what_a_merge_cannot_decide_is_an_error() {
    let cases = [
        ("ports: {}", "takes a list, not a mapping"),
        ("logging: {driver: \"${D}\"}", "a variable decides whether the logging driver changes"),
        ("extra_hosts: [\"h:${IP}\"]", "a variable decides whether this host is there already"),
        ("gpus: []", "Compose does not merge this in one meaning"),
        ("dns: [!reset \"1.1.1.1\"]", "`!reset` has no effect on an item of a list"),
        ("environment: {A: !reset null}", "Compose finds nothing to reset here"),
        ("healthcheck: !override {test: !reset a}", "`!reset` lies within an `!override`"),
    ];
    let base = "services:\n  a:\n    image: i\n    logging: {driver: x}\n    extra_hosts: [\"h:1.1.1.1\"]\n    gpus: all\n    \
                environment: [A=1]\n";
    for (line, text) in cases {
        let over = format!("services:\n  a:\n    {line}\n");
        let found = errors(&[("base.yaml", base), ("over.yaml", &over)]);
        assert!(
            found.iter().any(|error| error.starts_with("over.yaml:3:") && error.contains(text)),
            "{line}: {found:?}"
        );
    }
}

#[test]
fn references_to_what_is_not_there_are_errors() {
    let text = "services:
  a:
    build: .
    networks: [n]
    volumes: [\"vol:/v\", \"./b:/b\", \"${V}:/c\"]
    configs: [c]
    secrets: [{source: s}]
    depends_on: [b, d]
  b: {depends_on: {a: {condition: service_started}}}
secrets: {t: {}}
";
    let found = errors(&[("base.yaml", text)]);
    for name in ["network `n`", "volume `vol`", "config `c`", "secret `s`", "service `d`"] {
        assert!(
            found.iter().any(|error| error.contains(&format!("the {name} is not declared"))),
            "{name}: {found:?}"
        );
    }
    assert!(
        found.iter().any(|error| error.contains("`services.b`: the service has neither `image` nor `build`"))
    );
    assert!(found.iter().any(|error| error.contains("the services `a`, `b` wait for each other")));
    assert!(found.iter().any(|error| error.contains("`secrets.t`: `file` is missing")));
    assert_eq!(found.len(), 8, "{found:?}");
}

#[test]
fn no_file_and_an_empty_file_are_errors() {
    assert_eq!(load(&[]).unwrap_err().iter().count(), 1);
    assert!(one("").is_err() && one("[]").is_err() && one("# nothing\n").is_err());
}

#[test]
fn services_and_images_are_found_and_set_exactly() {
    let text = "services:\n  b: {image: \"x:1\", profiles: [gpu]}\n  a: {build: .}\n";
    let mut file = one(text).unwrap();
    let names: Vec<_> = file.services().map(|service| service.name().to_owned()).collect();
    assert_eq!(names, ["b", "a"]);
    file.set_image("a", "y:2@sha256:0").unwrap();
    file.set_image("b", "${REGISTRY}/x:2").unwrap();
    assert_eq!(file.set_image("c", "z"), Err(NoSuchService("c".to_owned())));
    assert_eq!(file.service("a").unwrap().image(), Some("y:2@sha256:0"));
    assert!(file.service("a").unwrap().has_build());
    assert_eq!(file.service("b").unwrap().profiles().collect::<Vec<_>>(), ["gpu"]);
    let expected = "services:\n  b:\n    image: ${REGISTRY}/x:2\n    profiles:\n      - gpu\n  a:\n    build: \".\"\n    image: y:2@sha256:0\n";
    assert_eq!(file.emit(), expected);
}

#[test]
fn files_of_the_host_are_listed() {
    let text = "services:
  a:
    image: i
    volumes:
      - ${ROOT:?set it}/pg:/var/lib/postgresql/data
      - ./conf:/conf:ro
      - data:/data
      - /anonymous
      - {type: bind, source: ./x, target: /x}
      - {type: volume, source: data, target: /y}
    env_file: [a.env, {path: b.env, required: false}]
    label_file: l
  b: {image: i, env_file: c.env}
configs: {c: {file: ./c.yaml}, d: {content: x}}
secrets: {s: {file: ./s}}
volumes: {data: {}}
";
    let found = one(text).unwrap().file_sources();
    let short: Vec<_> =
        found.iter().map(|source| (source.kind, source.path.as_str(), source.source.as_str())).collect();
    assert_eq!(
        short,
        [
            (SourceKind::BindMount, "services.a.volumes[0]", "${ROOT:?set it}/pg"),
            (SourceKind::BindMount, "services.a.volumes[1]", "./conf"),
            (SourceKind::BindMount, "services.a.volumes[4]", "./x"),
            (SourceKind::EnvFile, "services.a.env_file[0]", "a.env"),
            (SourceKind::OptionalEnvFile, "services.a.env_file[1]", "b.env"),
            (SourceKind::LabelFile, "services.a.label_file", "l"),
            (SourceKind::EnvFile, "services.b.env_file", "c.env"),
            (SourceKind::Config, "configs.c.file", "./c.yaml"),
            (SourceKind::Secret, "secrets.s.file", "./s"),
        ]
    );
}

#[test]
fn variables_are_listed_with_place_operator_and_argument() {
    let text = "x-a: \"${GONE}\"\nservices:\n  a:\n    image: ${R:-${D:?no}}/i:$T\n    ports: [\"${P-80}:80\"]\n    labels: {\"k.l\": $$N}\n";
    let uses = one(text).unwrap().expressions();
    let short: Vec<_> = uses
        .iter()
        .map(|u| (u.path.as_str(), u.name.as_str(), u.operator.as_str(), u.argument.as_str()))
        .collect();
    assert_eq!(
        short,
        [
            ("services.a.image", "R", ":-", "${D:?no}"),
            ("services.a.image", "D", ":?", "no"),
            ("services.a.image", "T", "", ""),
            ("services.a.ports[0]", "P", "-", "80"),
        ]
    );
}

#[test]
fn an_overlay_item_takes_the_place_of_the_item_it_replaces() {
    let base = "services:\n  a:\n    image: i\n    volumes: [\"${A:?x:y}/a:/a\", \"bb:/b\"]\n    ports: [\"80:80\", \"90:90\"]\nvolumes: {bb: , cc: }\n";
    let over = "services:\n  a:\n    volumes: [\"cc:/a/\", \"cc:/c\"]\n    ports: [{target: 80, published: \"80\", name: web}]\n";
    let file = load(&[("base.yaml", base), ("over.yaml", over)]).unwrap();
    let expected = "services:
  a:
    image: i
    volumes:
      - cc:/a/
      - bb:/b
      - cc:/c
    ports:
      - target: 80
        published: \"80\"
        name: web
      - \"90:90\"
volumes:
  bb: null
  cc: null
";
    assert_eq!(file.emit(), expected);
}

#[test]
fn where_variables_decide_both_items_stay_in_order() {
    let base = "services:\n  a:\n    image: i\n    ports: [\"${P}:80\", \"81:81\"]\n";
    let over = "services:\n  a:\n    ports: [\"80:80\", \"81:81\"]\n";
    let file = load(&[("base.yaml", base), ("over.yaml", over)]).unwrap();
    assert!(
        file.emit().ends_with("- ${P}:80\n      - \"81:81\"\n      - \"80:80\"\n      - \"81:81\"\n"),
        "{}",
        file.emit()
    );
}

/// A base file and an overlay in which everything is merged.
fn pair_of_files(services: usize) -> (String, String) {
    let mut base = String::from("x-common: &common\n  restart: always\nservices:\n");
    let mut over = String::from("services:\n");
    for index in 0..services {
        base.push_str(&format!("  s{index}:\n    <<: *common\n    image: registry.example/s{index}:1\n"));
        base.push_str(if index == 0 { "" } else { "    depends_on: [s0]\n" });
        base.push_str("    environment:\n");
        over.push_str(&format!("  s{index}:\n    ports: [\"{}:80\"]\n    environment:\n", 1000 + index));
        for variable in 0..10 {
            base.push_str(&format!("      V{variable}: ${{V{variable}:-value {variable}}}\n"));
            over.push_str(&format!("      V{}: other\n", variable + 5));
        }
    }
    (base, over)
}

#[test]
fn what_is_emitted_is_read_as_the_same_file() {
    let (base, over) = pair_of_files(66);
    let file = load(&[("base.yaml", &base), ("over.yaml", &over)]).unwrap();
    assert_eq!(load(&[("merged.yaml", &file.emit())]).unwrap(), file);
}
