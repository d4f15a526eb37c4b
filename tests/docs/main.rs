//! The documentation, held to the program. What follows from the code is written by it: tables of the command line, of the
//! steps of recipes and of kinds of errors, the manual, the completions of shells. `make docs` writes them, and here they are
//! compared. What people wrote is checked: links lead somewhere, commands are ones that the program takes, lines of JSON have
//! the fields that are printed, figures are those of the benchmarks, and every dependency has its reason.

mod commands;
mod dependencies;
mod generated;
mod json_lines;
mod packages;
mod pages;
mod reference;
mod steps;
mod words;
