#include "notebook/names.h"

#include <ostream>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsfs {
namespace {

using ::testing::Eq;
using ::testing::Optional;

constexpr Form kFileForm{};
constexpr Form kPython{ObjectKind::kNotebook, Language::kPython,
                       NotebookFormat::kSource};
constexpr Form kJupyter{ObjectKind::kNotebook, Language::kPython,
                        NotebookFormat::kJupyter};

struct NewFile {
  std::string name;
  Header header;
  bool jupyter;
  Form form;
  std::string remote_name;
  friend void PrintTo(const NewFile& file, std::ostream* out) {
    *out << file.name << " header " << static_cast<int>(file.header);
  }
};

class NewFileBecomes : public ::testing::TestWithParam<NewFile> {};

TEST_P(NewFileBecomes, WhatItsContentAndExtensionSay) {
  const NewFile& file = GetParam();
  const NewForm form = FormFor(file.name, file.header, file.jupyter);
  EXPECT_EQ(form.form, file.form);
  EXPECT_EQ(form.remote_name, file.remote_name);
}

Form Source(Language language) {
  return {ObjectKind::kNotebook, language, NotebookFormat::kSource};
}

INSTANTIATE_TEST_SUITE_P(
    Names, NewFileBecomes,
    ::testing::Values(
        NewFile{"x.py", Header::kHash, false, kPython, "x"},
        NewFile{"x.PY", Header::kHash, false, kPython, "x"},
        NewFile{"x.sql", Header::kDashes, false, Source(Language::kSql), "x"},
        NewFile{"x.scala", Header::kSlashes, false, Source(Language::kScala),
                "x"},
        NewFile{"x.r", Header::kHash, false, Source(Language::kR), "x"},
        NewFile{"x.R", Header::kHash, false, Source(Language::kR), "x"},
        NewFile{"a.b.py", Header::kHash, false, kPython, "a.b"},
        NewFile{"x.ipynb", Header::kNone, true, kJupyter, "x"},
        NewFile{"x.IPYNB", Header::kNone, true, kJupyter, "x"},
        NewFile{"x.py", Header::kNone, false, kFileForm, "x.py"},
        NewFile{"x.py", Header::kDashes, false, kFileForm, "x.py"},
        NewFile{"x.sql", Header::kHash, false, kFileForm, "x.sql"},
        NewFile{"x.py", Header::kNone, true, kFileForm, "x.py"},
        NewFile{"x.ipynb", Header::kNone, false, kFileForm, "x.ipynb"},
        NewFile{"x.ipynb", Header::kHash, false, kFileForm, "x.ipynb"},
        NewFile{"x.designer.ipynb", Header::kNone, true, kFileForm,
                "x.designer.ipynb"},
        NewFile{"x", Header::kHash, false, kFileForm, "x"},
        NewFile{".py", Header::kHash, false, kFileForm, ".py"},
        NewFile{"..py", Header::kHash, false, kFileForm, "..py"},
        NewFile{"...py", Header::kHash, false, kFileForm, "...py"},
        NewFile{"x.txt", Header::kHash, false, kFileForm, "x.txt"}));

TEST(Names, ShowANotebookWithTheExtensionOfItsFormat) {
  EXPECT_THAT(ViewFor(kPython, "n"), Optional(Eq("n.py")));
  EXPECT_THAT(ViewFor(kPython, "n.py"), Optional(Eq("n.py.py")));
  EXPECT_THAT(ViewFor(Source(Language::kR), "n"), Optional(Eq("n.r")));
  EXPECT_THAT(ViewFor(kJupyter, "n"), Optional(Eq("n.ipynb")));
  EXPECT_THAT(ViewFor(kFileForm, "n.py"), Optional(Eq("n.py")));
  EXPECT_THAT(ViewFor(kPython, "New Notebook 2026-05-04 13:54:24"),
              Optional(Eq("New Notebook 2026-05-04 13:54:24.py")));
}

TEST(Names, ShowControlCharactersAndHideWhatNoMountCanShow) {
  EXPECT_THAT(ViewFor(kFileForm, "a\nb"), Optional(Eq("a\nb")));
  EXPECT_THAT(ViewFor(kFileForm, std::string(255, 'x')),
              Optional(Eq(std::string(255, 'x'))));
  EXPECT_EQ(ViewFor(kFileForm, std::string(256, 'x')), std::nullopt);
  EXPECT_EQ(ViewFor(kPython, std::string(253, 'x')), std::nullopt);
  for (const std::string& name :
       std::vector<std::string>{"", ".", "..", "a/b", std::string("a\0b", 3)}) {
    EXPECT_EQ(ViewFor(kFileForm, name), std::nullopt) << name;
  }
}

TEST(Names, FitAnObjectThatKeepsItsForm) {
  EXPECT_THAT(NameFits(kPython, "z.py"), Optional(Eq("z")));
  EXPECT_THAT(NameFits(kPython, "z.PY"), Optional(Eq("z")));
  EXPECT_EQ(NameFits(kPython, "z.txt"), std::nullopt);
  EXPECT_EQ(NameFits(kPython, "z.ipynb"), std::nullopt);
  EXPECT_EQ(NameFits(kPython, ".py"), std::nullopt);
  EXPECT_THAT(NameFits(kJupyter, "z.ipynb"), Optional(Eq("z")));
  EXPECT_THAT(NameFits(kFileForm, "z.anything"), Optional(Eq("z.anything")));
}

TEST(Names, TakeANotebookOfUnknownLanguageAsOpaque) {
  ObjectInfo info;
  info.type = ObjectType::kNotebook;
  EXPECT_EQ(FormOf(info).kind, ObjectKind::kOpaque);
  info.format = NotebookFormat::kJupyter;
  EXPECT_EQ(FormOf(info).kind, ObjectKind::kNotebook);
  info.format = NotebookFormat::kNone;
  info.language = Language::kSql;
  EXPECT_EQ(FormOf(info).kind, ObjectKind::kNotebook);
  info.type = ObjectType::kRepo;
  EXPECT_EQ(FormOf(info).kind, ObjectKind::kDirectory);
  info.type = ObjectType::kOpaque;
  EXPECT_EQ(FormOf(info).kind, ObjectKind::kOpaque);
}

TEST(Names, NumberNotebooksBesideFiles) {
  EXPECT_EQ(ViewBesideFile(kPython, "n", 1), "n.notebook.py");
  EXPECT_EQ(ViewBesideFile(kPython, "n", 2), "n.notebook-2.py");
  EXPECT_EQ(ViewBesideFile(kPython, std::string(300, 'n'), 1).size(), 255U);
}

TEST(Names, CutTheStemAndNeverTheMarkOrExtension) {
  EXPECT_EQ(WithMark("a.txt", ".mark"), "a.mark.txt");
  EXPECT_EQ(WithMark("Makefile", ".mark"), "Makefile.mark");
  EXPECT_EQ(WithMark(".profile", ".mark"), ".profile.mark");
  EXPECT_EQ(WithMark("a.tar.gz", ".mark"), "a.tar.mark.gz");
  const std::string cut = WithMark(std::string(251, 'x') + ".txt", ".mark");
  EXPECT_EQ(cut.size(), 255U);
  EXPECT_TRUE(cut.ends_with(".mark.txt"));
  // Two bytes a letter: the cut falls between letters.
  std::string letters;
  for (int i = 0; i < 127; ++i) letters += "\xC3\xA9";
  const std::string whole = WithMark(letters, ".mark");
  EXPECT_LE(whole.size(), 255U);
  EXPECT_EQ(whole.find(".mark") % 2, 0U);
}

}  // namespace
}  // namespace wsfs
