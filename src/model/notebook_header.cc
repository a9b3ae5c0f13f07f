#include "model/notebook_header.h"

namespace wsfs {
namespace {

constexpr std::string_view kTitle = " Databricks notebook source";

std::string_view FirstLine(std::string_view start) {
  return start.substr(0, start.find('\n'));
}

}  // namespace

Header DetectHeader(std::string_view start) {
  std::string_view line = FirstLine(start);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!line.ends_with(kTitle)) return Header::kNone;
  line.remove_suffix(kTitle.size());
  if (line == "#") return Header::kHash;
  if (line == "--") return Header::kDashes;
  if (line == "//") return Header::kSlashes;
  return Header::kNone;
}

std::size_t HeaderLineBytes(std::string_view start) {
  if (DetectHeader(start) == Header::kNone) return 0;
  const std::string_view line = FirstLine(start);
  return line.size() + (line.size() < start.size() ? 1 : 0);
}

}  // namespace wsfs
