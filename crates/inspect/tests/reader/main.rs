//! Looking into programs: figures that are right, and processes that end, change, hide or are damaged.

mod damage;
mod ends;
mod figures;
mod harness;
mod places;
