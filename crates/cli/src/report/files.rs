//! The files that are written. They are opened before the program starts: that one of them can't be
//! written shall be known then, and not after hours.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use heapmin_pages::report::Report;
use heapmin_profile::Measure;

use crate::cmd::report::Report as Options;
use crate::failure::Failure;

/// See the module.
pub struct Files {
    page: Output,
    json: Option<Output>,
    pprof: Option<Output>,
    collapsed: Option<Output>,
}

struct Output {
    path: PathBuf,
    file: File,
    /// It wasn't there before.
    created: bool,
}

impl Files {
    /// Opens all that were asked for.
    pub fn open(options: &Options, pid: i32) -> Result<Self, Failure> {
        let usual = PathBuf::from(format!("heapmin-report-{pid}.html"));
        let page = options.output.clone().unwrap_or(usual);
        let mut opened: Vec<Option<Output>> = Vec::new();
        for path in
            [Some(&page), options.json.as_ref(), options.pprof.as_ref(), options.collapsed.as_ref()]
        {
            match path.map(|path| Output::open(path)).transpose() {
                Ok(output) => opened.push(output),
                Err(failure) => {
                    opened.into_iter().flatten().for_each(|output| output.remove_created());
                    return Err(failure);
                }
            }
        }
        let mut opened = opened.into_iter();
        let mut next = || opened.next().flatten();
        match next() {
            Some(page) => Ok(Self { page, json: next(), pprof: next(), collapsed: next() }),
            None => unreachable!("the page is always asked for"),
        }
    }

    /// There is nothing to write: removes what was not there before.
    pub fn remove_created(&self) {
        let others = [&self.json, &self.pprof, &self.collapsed].into_iter().flatten();
        others.chain([&self.page]).for_each(Output::remove_created);
    }

    /// Writes everything. Returns where the page is.
    pub fn write(self, report: &Report) -> Result<PathBuf, Failure> {
        if let Some(output) = self.json {
            let json = serde_json::to_vec(report).map_err(io::Error::from);
            output.write(json)?;
        }
        if let Some(profile) = &report.profile {
            if let Some(output) = self.pprof {
                output.write(Ok(profile.to_pprof()))?;
            }
            if let Some(output) = self.collapsed {
                output.write(Ok(profile.to_collapsed(Measure::Allocated).into_bytes()))?;
            }
        } else {
            // There was nothing to sample: the notes say why.
            [self.pprof, self.collapsed].iter().flatten().for_each(Output::remove_created);
        }
        let path = self.page.path.clone();
        self.page.write(Ok(report.page().into_bytes()))?;
        Ok(fs::canonicalize(&path).unwrap_or(path))
    }
}

impl Output {
    fn open(path: &Path) -> Result<Self, Failure> {
        let name = || path.display().to_string();
        let new = OpenOptions::new().write(true).create_new(true).open(path);
        let (file, created) = match new {
            Ok(file) => (file, true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let old = OpenOptions::new().write(true).open(path);
                (old.map_err(|error| Failure::Output(name(), error))?, false)
            }
            Err(error) => return Err(Failure::Output(name(), error)),
        };
        Ok(Self { path: path.to_owned(), file, created })
    }

    fn write(mut self, content: io::Result<Vec<u8>>) -> Result<(), Failure> {
        let result = content.and_then(|content| {
            // A pipe or a terminal has no length.
            if self.file.metadata()?.is_file() {
                self.file.set_len(0)?;
            }
            self.file.write_all(&content)
        });
        result.map_err(|error| Failure::Output(self.path.display().to_string(), error))
    }

    fn remove_created(&self) {
        if self.created {
            // Its directory may have changed meanwhile; then it stays, empty.
            let _ = fs::remove_file(&self.path);
        }
    }
}
