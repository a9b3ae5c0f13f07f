#include <string>

#include <gtest/gtest.h>

#include "model/ipynb_digest.h"
#include "model/notebook_header.h"

namespace wsfs {
namespace {

TEST(DetectHeaderTest, TheFirstLineMustEqualTheHeader) {
  EXPECT_EQ(DetectHeader("# Databricks notebook source\nx"), Header::kHash);
  EXPECT_EQ(DetectHeader("# Databricks notebook source"), Header::kHash);
  EXPECT_EQ(DetectHeader("-- Databricks notebook source\r\nx"),
            Header::kDashes);
  EXPECT_EQ(DetectHeader("// Databricks notebook source\n"), Header::kSlashes);
  for (const auto* none :
       {"", "\n# Databricks notebook source", "# Databricks notebook source ",
        "\xEF\xBB\xBF# Databricks notebook source\n",
        "# Databricks notebook source exported at Wed",
        " # Databricks notebook source", "#Databricks notebook source"}) {
    EXPECT_EQ(DetectHeader(none), Header::kNone) << none;
    EXPECT_EQ(HeaderLineBytes(none), 0U) << none;
  }
}

TEST(DetectHeaderTest, TheLineEndBelongsToTheHeaderLine) {
  EXPECT_EQ(HeaderLineBytes("# Databricks notebook source\nx"), 29U);
  EXPECT_EQ(HeaderLineBytes("# Databricks notebook source\r\nx"), 30U);
  EXPECT_EQ(HeaderLineBytes("# Databricks notebook source"), 28U);
}

constexpr const char* kPlain =
    R"({"cells":[{"cell_type":"code","source":["a\n","b"],"outputs":[
      {"output_type":"stream","text":["x\n"]}],"metadata":{},
      "execution_count":1}],"metadata":{},"nbformat":4,"nbformat_minor":2})";

TEST(CellsDigestTest, IsBlindToMetadataOrderAndLineLists) {
  const auto rewritten = CellsDigest(
      R"({"nbformat_minor":5,"nbformat":4,"metadata":{"k":1},"cells":[
        {"id":"q","execution_count":7,"metadata":{"m":[1]},
         "outputs":[{"text":"x\n","output_type":"stream"}],
         "source":"a\nb","cell_type":"code"}]})");

  ASSERT_TRUE(rewritten.has_value());
  EXPECT_EQ(CellsDigest(kPlain), rewritten);
}

TEST(CellsDigestTest, SeesSourceOutputsTypeAndOrder) {
  const auto with = [](std::string from, const std::string& to) {
    std::string text = kPlain;
    return CellsDigest(text.replace(text.find(from), from.size(), to));
  };
  const auto plain = CellsDigest(kPlain);
  for (const auto& other :
       {with("\"b\"", "\"c\""), with("\"x\\n\"", "\"y\\n\""),
        with("\"code\"", "\"raw\"")}) {
    ASSERT_TRUE(other.has_value());
    EXPECT_NE(other, plain);
  }
}

TEST(CellsDigestTest, MissingAndEmptyOutputsAreTheSame) {
  const auto one = [](const std::string& outputs) {
    return CellsDigest(R"({"cells":[{"cell_type":"markdown","source":"m")" +
                       outputs + R"(}],"metadata":{},"nbformat":4})");
  };
  EXPECT_TRUE(one("").has_value());
  EXPECT_EQ(one(""), one(R"(,"outputs":[])"));
}

TEST(CellsDigestTest, OnlyNotebooksHaveOne) {
  for (const auto* text :
       {"", "{", "[]", "{}", R"({"cells":[],"metadata":{},"nbformat":3})",
        R"({"cells":{},"metadata":{},"nbformat":4})",
        R"({"cells":[],"nbformat":4})",
        R"({"cells":[],"metadata":{},"nbformat":4} x)"}) {
    EXPECT_EQ(CellsDigest(text), std::nullopt) << text;
  }
  // The parser takes it for the end.
  EXPECT_EQ(CellsDigest(kPlain + std::string("\0", 1) + "x"), std::nullopt);
  EXPECT_TRUE(
      CellsDigest(R"({"cells":[],"metadata":{},"nbformat":4})").has_value());
  const std::string deep(1'000'000, '[');
  EXPECT_EQ(CellsDigest(R"({"cells":[{"source":)" + deep +
                        std::string(deep.size(), ']') +
                        R"(}],"metadata":{},"nbformat":4})"),
            std::nullopt);
}

}  // namespace
}  // namespace wsfs
