//! What a bundle holds and how its bytes come about. The same source, version and digests always give the same bytes; nothing random,
//! signed or compiled lies inside an archive.

pub mod archive;
pub mod assets;
pub mod closure;
pub mod compare;
mod copied;
pub mod difference;
pub mod images;
mod legible;
pub mod offline;
pub mod proof;
pub mod provenance;
pub mod render;
pub mod sbom;
pub mod template;
pub mod unpack;
pub mod verify;
