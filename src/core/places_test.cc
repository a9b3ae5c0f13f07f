#include "core/places.h"

#include <gtest/gtest.h>

namespace wsfs {
namespace {

TEST(Places, KnowNamesThatEditorsMakeForAMoment) {
  for (const char* name : {".a.txt.swp",
                           ".a.txt.swo",
                           ".a.swa",
                           ".a.swx",
                           "4913",
                           "5036",
                           "a.txt~",
                           "~",
                           ".#lock",
                           "#auto#",
                           ".~lock.a.odt#",
                           ".~n.ipynb",
                           "~$a.docx",
                           "a.txt___jb_tmp___",
                           "a.txt___jb_old___",
                           "nb.py.vsctmp",
                           ".goutputstream-AB12C3",
                           ".a.txt.kate-swp",
                           ".fuse_hidden0001",
                           ".nfs0001",
                           ".DS_Store",
                           "._a",
                           ".Trash-1000",
                           "Thumbs.db",
                           "desktop.ini",
                           ".directory",
                           "a.part",
                           "a.crdownload",
                           "a.filepart"}) {
    EXPECT_TRUE(IsEphemera(name)) << name;
    EXPECT_FALSE(IsLocalTree(name)) << name;
  }
}

TEST(Places, LetOrdinaryNamesGoToTheService) {
  for (const char* name :
       {"a.txt",   "a.txt.bak",    "a~b",    "2024.csv",    "4913a",
        ".swp",    "a.swp",        ".a.swz", ".env",        ".gitignore",
        ".vscode", "dist",         "build",  "target",      "#",
        "##a",     ".Trash-me",    "party",  "particle.py", "venv.py",
        "git",     "a.conflict-b", "sedXa1", "._"}) {
    EXPECT_FALSE(IsLocalByName(name, NodeKind::kFile)) << name;
  }
}

TEST(Places, TakeNoFolderForAnEditorsTemporaryFile) {
  for (const char* name : {"a~", "4913", "#a#", "x.part", ".~x"}) {
    EXPECT_FALSE(IsLocalByName(name, NodeKind::kDirectory)) << name;
    EXPECT_TRUE(IsLocalByName(name, NodeKind::kFile)) << name;
  }
  for (const char* name : {".git", ".Trash-1000", ".Spotlight-V100"}) {
    EXPECT_TRUE(IsLocalByName(name, NodeKind::kDirectory)) << name;
  }
}

TEST(Places, KeepMachineBoundTreesHere) {
  for (const char* name : {".git",
                           ".hg",
                           ".svn",
                           ".jj",
                           "node_modules",
                           ".venv",
                           "venv",
                           "__pycache__",
                           "m.pyc",
                           "m.pyo",
                           "p.egg-info",
                           ".pytest_cache",
                           ".mypy_cache",
                           ".ruff_cache",
                           ".tox",
                           ".nox",
                           ".ipynb_checkpoints",
                           ".databricks",
                           ".terraform",
                           ".idea",
                           ".gradle",
                           ".cache"}) {
    EXPECT_TRUE(IsLocalTree(name)) << name;
    EXPECT_FALSE(IsEphemera(name)) << name;
  }
}

}  // namespace
}  // namespace wsfs
