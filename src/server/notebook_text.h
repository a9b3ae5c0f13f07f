#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/object_info.h"
#include "server/api_error.h"

namespace wsfs {

/// Notebooks as the service reads and writes them (databricks-api.md §1.5,
/// §1.6, §2.2; notebooks.md §4.1). Pure functions on text; its own code, so
/// that client and server cannot share a mistake.
namespace notebook_text {

/// ".py", ".sql", ".scala", ".r" in any case; kNone otherwise.
Language LanguageOfExtension(std::string_view name);
/// With the dot; "" for kNone.
std::string_view ExtensionOf(Language language);

/// "# Databricks notebook source" in the language's comment.
std::string Header(Language language);
/// The server's rule: the first line *contains* the header.
bool HasHeader(std::string_view text, Language language);
/// The text as export gives it: the header added if it is missing.
std::string WithHeader(std::string text, Language language);

/// The language of a sound ipynb (`cells`, `metadata`, nbformat >= 4);
/// nothing when the text is not one.
std::optional<Language> ReadIpynb(std::string_view text);

/// An ipynb as export gives it: the same cells, written anew. 400 when the
/// text is not an ipynb.
Answer<std::string> Rewrite(std::string_view ipynb);
Answer<std::string> IpynbToSource(std::string_view ipynb, Language language);
std::string SourceToIpynb(std::string_view source, Language language,
                          std::string_view name);

}  // namespace notebook_text
}  // namespace wsfs
