//! The platform of this repository: `compose/` and `config/` agree with each other and with what operators need, as Docker
//! Compose itself reads them. Knows its services by name, as no other code does.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests read samples and run programs; what they test does not"
)]
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod bundles;
mod checkout;
mod configs;
mod contract;
mod parts;
mod scripts;
mod services;
