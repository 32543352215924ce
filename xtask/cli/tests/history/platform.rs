//! A platform as small as one can be: one own image, one of somebody else's. Never grows for a single test.

use release_core::config::release::{BelowOne, Missing, Mode, VersionSource};

/// The version the platform starts with where nothing was released.
pub const FIRST: &str = "1.0.0";

/// What tests turn about.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub first: &'static str,
    pub mode: Mode,
    pub source: VersionSource,
    pub below_one: BelowOne,
    pub unlabelled: Missing,
    pub direct_commits: Missing,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            first: FIRST,
            mode: Mode::Push,
            source: VersionSource::Labels,
            below_one: BelowOne::Shifted,
            unlabelled: Missing::Stop,
            direct_commits: Missing::RideAlong,
        }
    }
}

/// The path of the file that [`release`] is.
pub const RELEASE: &str = "config/release.yaml";

/// `config/release.yaml`.
pub fn release(settings: &Settings) -> String {
    let Settings { first, mode, source, below_one, unlabelled, direct_commits } = settings;
    let word = |value: &dyn erased::Word| value.word();
    format!(
        "format: 1
product: widget
repository: {{ owner: acme, name: widget }}
mode: {}
version:
  first: {first}
  source: {}
  below_one: {}
  unlabelled: {}
  direct_commits: {}
labels:
  - {{ name: major, bump: major }}
  - {{ name: minor, bump: minor }}
  - {{ name: patch, bump: patch }}
  - {{ name: none, bump: none }}
  - {{ name: migration, section: migration }}
  - {{ name: action-required, section: action-required }}
  - {{ name: changed, section: changed }}
  - {{ name: deprecated, section: deprecated }}
  - {{ name: bug, section: fixed }}
  - {{ name: security, section: security }}
  - {{ name: revert, section: changed }}
  - name: area/*
channels:
  - name: latest
  - {{ name: rc, prerelease: rc }}
images:
  registry: ghcr.io/acme/widget
  names:
    - {{ name: api, context: services/api }}
stamps:
  - {{ path: compose/base.yaml, kind: image-tags }}
milliseconds_between_writes: 0
",
        word(mode),
        word(source),
        word(below_one),
        word(unlabelled),
        word(direct_commits),
    )
}

/// Every file of the platform.
pub fn files(settings: &Settings) -> Vec<(&'static str, String)> {
    vec![
        (RELEASE, release(settings)),
        ("config/bundles.yaml", BUNDLES.to_owned()),
        ("config/env.yaml", ENVIRONMENT.to_owned()),
        ("compose/base.yaml", COMPOSE.to_owned()),
        ("CHANGELOG.md", "# Changelog\n\nBy hand.\n".to_owned()),
        ("VERSION", "0.0.0\n".to_owned()),
    ]
}

const BUNDLES: &str = "format: 1
variants:
  - { id: cpu, compose: [compose/base.yaml] }
";

const ENVIRONMENT: &str = "format: 1
sections:
  - { id: general, title: General }
variables:
  - name: API_SECRET
    section: general
    description: Signs what the API hands out.
    kind: { type: secret, generate: { type: hex, bytes: 32 } }
    required: true
    sensitive: true
    consumers: [api]
";

const COMPOSE: &str = "services:
  api:
    image: ghcr.io/acme/widget/api:v0.0.0
    environment:
      API_SECRET: ${API_SECRET:?run ./setup-env.sh}
  cache:
    image: docker.io/valkey/valkey:8.1.1
";

mod erased {
    //! Settings as the configuration writes them.

    use serde::Serialize;

    pub trait Word {
        fn word(&self) -> String;
    }

    impl<T: Serialize> Word for T {
        fn word(&self) -> String {
            serde_json::to_value(self).unwrap().as_str().unwrap().to_owned()
        }
    }
}
