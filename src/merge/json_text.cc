#include "merge/json_text.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "merge/ipynb_file.h"

namespace wsfs {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kBlanks = " \t\r\n";

/// A member of an object, or an element of an array, where it stands.
struct Item {
  std::string_view lead;  ///< From the bracket or the value before it.
  std::string_view head;  ///< Key and colon; "" in an array.
  std::string_view value;
};

/// An object or array, taken apart. Borrows the text.
struct Container {
  std::vector<Item> items;
  std::string_view tail;  ///< Behind the last value, with the bracket.
};

std::size_t EndOfString(std::string_view text, std::size_t at) {
  for (++at; text[at] != '"'; ++at)
    if (text[at] == '\\') ++at;
  return at + 1;
}

/// Of a value that begins there. The text is known to be JSON.
std::size_t EndOfValue(std::string_view text, std::size_t at) {
  if (text[at] == '"') return EndOfString(text, at);
  if (text[at] != '{' && text[at] != '[')
    return std::min(text.find_first_of(" \t\r\n,]}", at), text.size());
  int depth = 0;
  do {
    const char c = text[at];
    if (c == '"') {
      at = EndOfString(text, at);
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    ++at;
  } while (depth > 0);
  return at;
}

std::size_t NextSign(std::string_view text, std::size_t at) {
  return text.find_first_not_of(kBlanks, at);
}

Container TakeApart(std::string_view text) {
  Container container;
  const bool keys = text.front() == '{';
  std::size_t behind = 1;  // the bracket, or the last value
  while (true) {
    std::size_t at = NextSign(text, behind);
    if (text[at] == ',') at = NextSign(text, at + 1);
    if (text[at] == '}' || text[at] == ']') break;
    Item item{.lead = text.substr(behind, at - behind), .head{}, .value{}};
    if (keys) {
      const std::size_t colon = NextSign(text, EndOfString(text, at));
      const std::size_t value = NextSign(text, colon + 1);
      item.head = text.substr(at, value - at);
      at = value;
    }
    behind = EndOfValue(text, at);
    item.value = text.substr(at, behind - at);
    container.items.push_back(item);
  }
  container.tail = text.substr(behind);
  return container;
}

std::string KeyOf(const Item& item) {
  const std::string_view key = item.head.substr(0, EndOfString(item.head, 0));
  return Json::parse(key).get<std::string>();
}

bool WritesAscii(std::string_view text) {
  return text.contains("\\u") && std::ranges::all_of(text, [](char c) {
           return static_cast<unsigned char>(c) < 0x80;
         });
}

struct HashOfValue {
  std::size_t operator()(const Json* value) const {
    return std::hash<Json>()(*value);
  }
};
struct EqualValues {
  bool operator()(const Json* one, const Json* other) const {
    return *one == *other;
  }
};

class Writer {
 public:
  explicit Writer(std::string_view text)
      : style_(StyleOf(text)), ascii_(WritesAscii(text)) {}

  void Write(std::string_view text, const Json& was, const Json& now) {
    if (was == now) {
      out_ += text;
    } else if (was.is_object() && now.is_object()) {
      WriteObject(text, was, now);
    } else if (was.is_array() && now.is_array()) {
      WriteArray(text, was, now);
    } else {
      WriteNew(now);
    }
  }
  std::string Take() { return std::move(out_); }

 private:
  /// What stands before an item that is written now; null: it is new.
  std::string LeadOf(const Container& old, const Item* item, bool first) const {
    std::string inner =
        old.items.empty() ? NewLine(1) : std::string(old.items.front().lead);
    if (first) return inner;
    if (item != nullptr && item != old.items.data())
      return std::string(item->lead);
    if (old.items.size() > 1) return std::string(old.items[1].lead);
    return ',' + inner;
  }
  std::string TailOf(const Container& old, char close, bool empty) const {
    if (empty) return {close};
    if (old.items.empty()) return NewLine(0) + close;
    return std::string(old.tail);
  }

  std::string NewLine(int deeper) const {
    if (style_.indent < 0) return "";
    const int width = style_.indent * (depth_ + deeper);
    return '\n' + std::string(static_cast<std::size_t>(width), style_.with);
  }

  /// A line end in JSON is none of a string: each gets the margin.
  void WriteNew(const Json& value) {
    const std::string text = value.dump(style_.indent, style_.with, ascii_,
                                        Json::error_handler_t::replace);
    const std::string line = NewLine(0);
    for (const char c : text) {
      if (c == '\n')
        out_ += line;
      else
        out_ += c;
    }
  }

  using Member = std::pair<std::string, const Item*>;

  /// The members of `now`, in the order of the old ones. A new one is null: it
  /// has its place among sorted keys, and else the last.
  static std::vector<Member> MembersOf(const Container& old, const Json& was,
                                       const Json& now) {
    std::vector<Member> members;
    for (const Item& item : old.items) {
      std::string key = KeyOf(item);
      if (now.contains(key)) members.emplace_back(std::move(key), &item);
    }
    const bool sorted = std::ranges::is_sorted(members, {}, &Member::first);
    for (const auto& [key, value] : now.items()) {
      if (was.contains(key)) continue;
      auto place = members.end();
      if (sorted)
        place = std::ranges::upper_bound(members, key, {}, &Member::first);
      members.emplace(place, key, nullptr);
    }
    return members;
  }

  void WriteObject(std::string_view text, const Json& was, const Json& now) {
    const Container old = TakeApart(text);
    if (old.items.size() != was.size()) return WriteNew(now);  // A key twice.
    const std::vector<Member> members = MembersOf(old, was, now);
    out_ += '{';
    bool first = true;
    for (const auto& [key, item] : members) {
      out_ += LeadOf(old, item, std::exchange(first, false));
      if (item == nullptr)
        WriteKey(key);
      else
        out_ += item->head;
      ++depth_;
      if (item == nullptr)
        WriteNew(now[key]);
      else
        Write(item->value, was[key], now[key]);
      --depth_;
    }
    out_ += TailOf(old, '}', members.empty());
  }

  void WriteKey(const std::string& key) {
    out_ += Json(key).dump(-1, ' ', ascii_, Json::error_handler_t::replace);
    out_ += style_.indent < 0 ? ":" : ": ";
  }

  void WriteArray(std::string_view text, const Json& was, const Json& now) {
    const Container old = TakeApart(text);
    const auto partners = PartnersOf(was, now);
    out_ += '[';
    for (std::size_t i = 0; i < now.size(); ++i) {
      const std::optional<std::size_t> place = partners[i];
      const Item* const item = place ? &old.items[*place] : nullptr;
      out_ += LeadOf(old, item, i == 0);
      ++depth_;
      if (place)
        Write(old.items[*place].value, was[*place], now[i]);
      else
        WriteNew(now[i]);
      --depth_;
    }
    out_ += TailOf(old, ']', now.empty());
  }

  using Places = std::vector<std::optional<std::size_t>>;

  /// For each element an old one to be written over: an equal one; of the
  /// others the one with its id, or the one in its place if as many are left.
  static Places PartnersOf(const Json& was, const Json& now) {
    Places partners(now.size());
    std::vector<bool> used(was.size());
    PairEqual(was, now, partners, used);
    PairByIds(was, now, partners, used);
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < was.size(); ++i)
      if (!used[i]) left.push_back(i);
    const auto open = std::ranges::count_if(
        partners, [](const auto& partner) { return !partner; });
    if (static_cast<std::size_t>(open) != left.size()) return partners;
    auto next = left.begin();
    for (auto& partner : partners)
      if (!partner) partner = *next++;
    return partners;
  }

  static void PairEqual(const Json& was, const Json& now, Places& partners,
                        std::vector<bool>& used) {
    std::unordered_map<const Json*, std::size_t, HashOfValue, EqualValues>
        places;
    for (std::size_t i = 0; i < was.size(); ++i) places.emplace(&was[i], i);
    for (std::size_t i = 0; i < now.size(); ++i) {
      const auto found = places.find(&now[i]);
      if (found == places.end()) continue;
      partners[i] = found->second;
      used[found->second] = true;
    }
    // Equal ones have the same bytes, mostly: none of them is left.
    for (std::size_t i = 0; i < was.size(); ++i)
      if (used[places.at(&was[i])]) used[i] = true;
  }

  static void PairByIds(const Json& was, const Json& now, Places& partners,
                        std::vector<bool>& used) {
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < was.size(); ++i) {
      const std::string id = StringAt(was[i], "id");
      if (!used[i] && !id.empty()) places.emplace(id, i);
    }
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (partners[i]) continue;
      const auto found = places.find(StringAt(now[i], "id"));
      if (found == places.end() || used[found->second]) continue;
      partners[i] = found->second;
      used[found->second] = true;
    }
  }

  IpynbStyle style_;
  bool ascii_;
  int depth_ = 0;
  std::string out_;
};

}  // namespace

std::string WriteOver(std::string_view text, const Json& was, const Json& now) {
  const std::size_t begin = text.find_first_of("{[");
  if (begin == std::string_view::npos) return now.dump();
  const std::size_t end = EndOfValue(text, begin);
  Writer writer(text);
  writer.Write(text.substr(begin, end - begin), was, now);
  std::string out(text.substr(0, begin));
  return out.append(writer.Take()).append(text.substr(end));
}

}  // namespace wsfs
