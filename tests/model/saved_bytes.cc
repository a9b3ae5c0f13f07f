#include "saved_bytes.h"

#include <algorithm>
#include <cctype>

namespace wsfs {
namespace {

constexpr std::string_view kHeader = "# Databricks notebook source\n";

/// A word of `tokens` for which `holds` is false; "" when there is none.
template <typename Holds>
std::string FirstWithout(const SavedBytes::Tokens& tokens, Holds holds) {
  const auto found = std::ranges::find_if(
      tokens, [&](const auto& each) { return !holds(each); });
  return found == tokens.end() ? "" : *found;
}

}  // namespace

std::string TokenOf(std::string_view bytes) {
  std::string token;
  for (const char c : bytes) {
    if (c == '@') token.clear();
    if (c == '@' || (!token.empty() && std::isalnum(c) != 0)) token += c;
    if (!token.empty() && c != '@' && std::isalnum(c) == 0) break;
  }
  return token;
}

void SavedBytes::Typed(const std::string& token, std::string_view bytes,
                       bool has_file) {
  Body& body = bodies_[token];
  body.lines = static_cast<std::size_t>(std::ranges::count(bytes, '@'));
  body.has_file = has_file;
  by_hash_[HashOf(bytes).Hex()] = token;
}

void SavedBytes::Saved(const std::string& token, const std::string& old) {
  now_.insert(token);
  Body& body = bodies_[token];
  if (old.empty() || old == token) return;
  body.before.insert(old);
  body.had_self = true;
}

void SavedBytes::TookName(const std::string& token, const std::string& old) {
  Body& body = bodies_[token];
  if (!body.had_self && !old.empty()) body.before.insert(old);
}

void SavedBytes::EndedByHash(const Hash& hash) {
  const auto found = by_hash_.find(hash.Hex());
  if (found != by_hash_.end()) Ended(found->second);
}

void SavedBytes::EndedThere(const std::string& token) {
  Ended(token);
  ended_there_.insert(token);
  for (Tokens& state : states_) state.erase(token);
}

void SavedBytes::Remember() {
  if (states_.back() != now_) states_.push_back(now_);
}

void SavedBytes::Synced() {
  states_ = {now_};
}

std::string SavedBytes::LostByKill(const Tokens& found) const {
  return FirstWithout(
      now_, [&](const std::string& token) { return found.contains(token); });
}

bool SavedBytes::Accounted(const std::string& token, const Tokens& found,
                           const Tokens& on_disk) const {
  if (found.contains(token)) return true;
  const auto body = bodies_.find(token);
  const bool may_fall = body != bodies_.end() && body->second.has_file &&
                        !on_disk.contains(token);
  if (!may_fall) return false;
  const Tokens& before = body->second.before;
  return before.empty() ||
         std::ranges::any_of(before, [&](const std::string& old) {
           return Accounted(old, found, on_disk);
         });
}

std::size_t SavedBytes::HardSince(const Tokens& confirmed) const {
  std::size_t hard = 0;
  for (const std::string& token : confirmed) {
    const auto first = std::ranges::find_if(
        states_, [&](const Tokens& state) { return state.contains(token); });
    if (first == states_.end()) continue;
    hard = std::max(hard, static_cast<std::size_t>(first - states_.begin()));
  }
  return hard;
}

std::string SavedBytes::LostByPowerCut(const Tokens& found,
                                       const Tokens& confirmed) const {
  const std::size_t hard = HardSince(confirmed);
  std::string missing;
  for (std::size_t at = hard; at < states_.size(); ++at) {
    missing = FirstWithout(states_[at], [&](const std::string& token) {
      return Accounted(token, found, states_[hard]);
    });
    if (missing.empty()) return "";
  }
  return missing;
}

void SavedBytes::StartFrom(const Tokens& held) {
  now_ = held;
  std::erase_if(now_, [&](const std::string& token) {
    return !bodies_.contains(token) || ended_there_.contains(token);
  });
  Synced();
}

bool SavedBytes::IsWhole(std::string_view bytes) const {
  if (bytes.starts_with(kHeader)) bytes.remove_prefix(kHeader.size());
  const std::string token = TokenOf(bytes);
  if (token.empty()) return bytes.empty();
  const auto body = bodies_.find(token);
  const std::size_t lines = body == bodies_.end() ? 1 : body->second.lines;
  const std::string_view line = bytes.substr(0, bytes.find('\n') + 1);
  if (line.empty() || bytes.size() != lines * line.size()) return false;
  for (std::size_t at = 0; at < bytes.size(); at += line.size())
    if (bytes.substr(at, line.size()) != line) return false;
  return true;
}

}  // namespace wsfs
