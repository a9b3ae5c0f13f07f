#include "server/notebook_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsfs {
namespace {

using testing::HasSubstr;

constexpr std::string_view kSource =
    "# Databricks notebook source\n"
    "# MAGIC %md\n"
    "# MAGIC # Title\n"
    "# MAGIC\n"
    "# MAGIC text\n"
    "\n"
    "# COMMAND ----------\n"
    "\n"
    "# DBTITLE 1,Count\n"
    "# MAGIC %sql\n"
    "# MAGIC SELECT 1\n"
    "\n"
    "# COMMAND ----------\n"
    "\n"
    "print(1)\n"
    "\n"
    "print(2)";

TEST(NotebookTextTest, SourceSurvivesTheWayThroughIpynb) {
  const std::string ipynb =
      notebook_text::SourceToIpynb(kSource, Language::kPython, "n");

  const auto back = notebook_text::IpynbToSource(ipynb, Language::kPython);

  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, kSource);
}

TEST(NotebookTextTest, AnIpynbIsReadOnlyWhenItIsOne) {
  for (const std::string_view text :
       {"", "{}", "[]", R"({"cells":[],"metadata":{}})",
        R"({"cells":[],"metadata":{},"nbformat":3})",
        R"({"cells":{},"metadata":{},"nbformat":4})", "not json"}) {
    EXPECT_FALSE(notebook_text::ReadIpynb(text).has_value()) << text;
    EXPECT_FALSE(notebook_text::Rewrite(text).ok()) << text;
  }
}

TEST(NotebookTextTest, ADeeplyNestedIpynbIsNone) {
  std::string text = R"({"metadata":{},"nbformat":4,"cells":)";
  text.append(500'000, '[').append(500'000, ']').append("}");

  EXPECT_FALSE(notebook_text::ReadIpynb(text).has_value());
}

TEST(NotebookTextTest, TheLanguageHasThreeSources) {
  EXPECT_EQ(notebook_text::ReadIpynb(
                R"({"cells":[],"metadata":{"language_info":{"name":"Scala"},)"
                R"("application/vnd.databricks.v1+notebook":)"
                R"({"language":"sql"}},"nbformat":4})"),
            Language::kSql);
  EXPECT_EQ(notebook_text::ReadIpynb(
                R"({"cells":[],"metadata":{"language_info":{"name":"Scala"}},)"
                R"("nbformat":4})"),
            Language::kScala);
  EXPECT_EQ(
      notebook_text::ReadIpynb(R"({"cells":[],"metadata":{},"nbformat":4})"),
      Language::kPython);
}

TEST(NotebookTextTest, RewriteKeepsOutputsAndTellsTheLanguage) {
  const auto text = notebook_text::Rewrite(
      R"({"cells":[{"cell_type":"code","source":"1","metadata":{},)"
      R"("outputs":[{"output_type":"stream","name":"stdout",)"
      R"("text":"seen"}]}],"metadata":{},"nbformat":4})");

  ASSERT_TRUE(text.ok());
  EXPECT_THAT(*text, HasSubstr("seen"));
  EXPECT_THAT(*text, HasSubstr(R"("name": "python")"));
}

TEST(NotebookTextTest, TheHeaderIsAddedOnlyWhenItIsMissing) {
  EXPECT_EQ(notebook_text::WithHeader("x", Language::kScala),
            "// Databricks notebook source\nx");
  EXPECT_EQ(notebook_text::WithHeader(std::string(kSource), Language::kPython),
            kSource);
}

TEST(NotebookTextTest, ExtensionsAreReadInAnyCase) {
  EXPECT_EQ(notebook_text::LanguageOfExtension("A.PY"), Language::kPython);
  EXPECT_EQ(notebook_text::LanguageOfExtension("a.R"), Language::kR);
  EXPECT_EQ(notebook_text::LanguageOfExtension("a.pyc"), Language::kNone);
}

}  // namespace
}  // namespace wsfs
