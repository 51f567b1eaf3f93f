//! Looking into a heap: asks the layers below, owns no blocks.

pub mod damage;
pub mod element;
pub mod fill;
pub mod first_region;
pub mod record;
pub mod statistics;
pub mod summary;
pub mod validate;
pub mod walk;
