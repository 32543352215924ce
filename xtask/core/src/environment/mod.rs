//! What a bundle tells and gives its operator about settings: `.env.template`, `setup-env.sh` and the README, rendered from the
//! environment contract. Never holds a secret and never writes a file.

mod files;
mod quote;
mod reference;
mod render;
mod view;

pub use files::{NAMES, files};
pub use reference::reference;
pub use render::{
    BundleFacts, EnvironmentTemplates, RenderError, bundle_readme, env_template, setup_env_script,
};
