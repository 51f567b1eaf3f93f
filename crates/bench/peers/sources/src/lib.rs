//! Nothing: this package exists for the sources its dependencies carry.
