#pragma once

#include <cstdint>

namespace wsfs {

/// What kind of thing the service holds, as far as we plan by it.
enum class ObjectKind : std::uint8_t { kDirectory, kFile, kNotebook, kOpaque };

/// Which notebook header, if any, the first line of a content holds
/// (notebooks.md §4.1).
enum class Header : std::uint8_t {
  kNone,
  kHash,    ///< "# Databricks notebook source": .py and .r
  kDashes,  ///< "-- …": .sql
  kSlashes  ///< "// …": .scala
};

}  // namespace wsfs
