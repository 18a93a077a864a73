//! Nothing: what is here are the tests, and the programs in `wrong`, which do not compile.
