#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/ledger.h"
#include "store/schema.h"
#include "store/sqlite.h"
#include "testing/fault_fs.h"

namespace wsfs {
namespace {

// An input is lines of words:
//
//   form N             the catalogue is of form 1, 2 or 3 (the first line)
//   TABLE VALUE...     a row: numbers, NULL, and in hex bytes after an x and
//                      text after a t
//   flip OFFSET BIT    damage of the file, after all rows
//
// Other lines are nothing.

constexpr const char* kFolder = "/store";
constexpr const char* kFile = "/store/catalogue.db";
constexpr int kForms = 3;

struct Table {
  std::string_view name;
  std::array<int, kForms> columns;  ///< In each form.
  const char* rows;                 ///< All that must outlive a bad start.
};
constexpr std::array kTables = {
    Table{"meta", {2, 2, 2}, "quote(key)||quote(value)"},
    Table{"nodes",
          {24, 24, 26},
          "quote(id)||quote(kind)||quote(gen)||quote(content)||quote(bind)"},
    Table{"names", {3, 3, 3}, "quote(node)||quote(parent)||quote(name)"},
    Table{"objects",
          {28, 29, 29},
          "quote(key)||quote(parent)||quote(name)||quote(gen)||quote(base)"},
    Table{"intents", {19, 19, 19}, "quote(of_object)||quote(owner)||quote(op)"},
    Table{"echo", {3, 3, 3}, "quote(name)||quote(hash)"},
    Table{"echo_delete_path", {2, 2, 2}, "quote(path)"},
    Table{"echo_delete_row", {3, 3, 3}, "quote(parent)||quote(name)"},
    Table{"recent", {3, 3, 3}, "quote(path)||quote(object_id)"},
    Table{"notices", {4, 4, 4}, "quote(number)||quote(text)"},
    Table{"trash", {4, 4, 4}, "quote(number)||quote(path)||quote(content)"},
    Table{"bodies", {2, 2, 2}, "quote(id)||quote(bytes)"},
    Table{"sealed", {5, 5, 5}, "quote(body)||quote(file)||quote(blob)"},
    Table{"fallbacks", {6, 6, 6}, "quote(node)||quote(body)||quote(content)"},
};

constexpr std::size_t kBodies = 11;
static_assert(kTables.at(kBodies).name == "bodies");

void Demand(bool holds) {
  if (!holds) __builtin_trap();
}

std::vector<std::string_view> Split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return parts;
}

bool IsNumber(std::string_view word) {
  if (word.starts_with('-')) word.remove_prefix(1);
  return !word.empty() && word.size() <= 19 &&
         word.find_first_not_of("0123456789") == word.npos;
}

/// A word as SQL; what is no value is none.
std::string ValueOf(std::string_view word) {
  if (IsNumber(word)) return std::string(word);
  const bool text = word.starts_with('t');
  if (!text && !word.starts_with('x')) return "NULL";
  word.remove_prefix(1);
  const bool hex =
      word.size() % 2 == 0 &&
      word.find_first_not_of("0123456789abcdefABCDEF") == word.npos;
  if (!hex) return "NULL";
  return text ? fmt::format("CAST(x'{}' AS TEXT)", word)
              : fmt::format("x'{}'", word);
}

std::uint64_t NumberOf(std::string_view word) {
  return IsNumber(word) && !word.starts_with('-')
             ? std::stoull(std::string(word))
             : 0;
}

using Words = std::vector<std::string_view>;

struct Input {
  int form = kCatalogueVersion;
  std::vector<Words> rows;
  std::vector<Words> flips;
};

Input Read(std::string_view text) {
  Input input;
  for (const std::string_view line : Split(text, '\n')) {
    Words words = Split(line, ' ');
    if (words.size() < 2) continue;
    if (words[0] == "form")
      input.form = 1 + static_cast<int>((NumberOf(words[1]) + 2) % kForms);
    else if (words[0] == "flip")
      input.flips.push_back(std::move(words));
    else
      input.rows.push_back(std::move(words));
  }
  return input;
}

/// A disk with an empty catalogue of this form.
void MakeCatalogue(FaultFs& disk, int form) {
  Demand(disk.MakeDirectories(kFolder).ok());
  const SqliteVfs vfs(disk);
  const auto database = OpenCatalogue(vfs, kFile);
  Demand(database.ok());
  std::string back = fmt::format("PRAGMA user_version={};", form);
  if (form < 2) back += "ALTER TABLE objects DROP COLUMN ancestor;";
  if (form < 3)
    back +=
        "ALTER TABLE nodes DROP COLUMN conflict_of;"
        "ALTER TABLE nodes DROP COLUMN ancestor;";
  Demand((*database)->Execute(back).ok());
  Demand((*database)->Checkpoint(/*truncate=*/true).ok());
}

std::string BytesOf(FaultFs& disk) {
  const auto file = disk.Open(kFile, OpenMode::kRead);
  Demand(file.ok());
  std::string bytes((*file)->Size().value(), '\0');
  Demand((*file)->ReadAt(0, std::as_writable_bytes(std::span(bytes))).ok());
  return bytes;
}

const std::string& EmptyCatalogue(int form) {
  static const std::array<std::string, kForms> made = [] {
    std::array<std::string, kForms> all;
    for (int each = 1; each <= kForms; ++each) {
      FaultFs disk;
      MakeCatalogue(disk, each);
      all.at(static_cast<std::size_t>(each - 1)) = BytesOf(disk);
    }
    return all;
  }();
  return made.at(static_cast<std::size_t>(form - 1));
}

void Insert(Database& database, const Words& words, int form) {
  for (const Table& table : kTables) {
    if (table.name != words[0]) continue;
    const auto columns = static_cast<std::size_t>(
        table.columns.at(static_cast<std::size_t>(form - 1)));
    std::string values;
    for (std::size_t i = 1; i <= columns; ++i)
      values += (i == 1 ? "" : ",") +
                (i < words.size() ? ValueOf(words[i]) : std::string("NULL"));
    // A row may be refused: a key that is no number, one that is there.
    static_cast<void>(database.Execute(
        fmt::format("INSERT INTO {} VALUES ({})", table.name, values)));
  }
}

void Prepare(FaultFs& disk, const Input& input) {
  Demand(disk.MakeDirectories(kFolder).ok());
  const std::string& empty = EmptyCatalogue(input.form);
  {
    const auto file = disk.Open(kFile, OpenMode::kCreateNew);
    Demand((*file)->WriteAt(0, std::as_bytes(std::span(empty))).ok());
  }
  const SqliteVfs vfs(disk);
  {
    const auto database = Database::Open(vfs, kFile, Database::Use::kMake);
    Demand(database.ok());
    Demand((*database)
               ->Transact([&]() -> Result<void> {
                 for (const Words& row : input.rows)
                   Insert(**database, row, input.form);
                 return {};
               })
               .ok());
    Demand((*database)->Checkpoint(/*truncate=*/true).ok());
  }
  const std::uint64_t size = disk.SizeOf(kFile).value();
  for (const Words& flip : input.flips) {
    const std::uint64_t bit = flip.size() > 2 ? NumberOf(flip[2]) % 8 : 0;
    for (std::uint64_t turns = 0; turns <= bit; ++turns)
      disk.FlipBit(kFile, (NumberOf(flip[1]) + turns) % size);
  }
}

/// Everything in it, or why it cannot be read.
std::vector<std::string> RowsOf(FaultFs& disk) {
  std::vector<std::string> all;
  const SqliteVfs vfs(disk);
  const auto database = Database::Open(vfs, kFile, Database::Use::kMake);
  for (const Table& table : kTables) {
    const auto rows =
        database.ok()
            ? (*database)->AskText(fmt::format(
                  "SELECT group_concat({}) FROM {}", table.rows, table.name))
            : Result<std::string>(database.error());
    all.push_back(rows.ok() ? *rows : rows.error().message());
  }
  return all;
}

/// A start of the engine as far as the catalogue goes. False: it said why not.
bool Start(FaultFs& disk) {
  FakeClock clock;
  Store::Options options;
  options.directory = kFolder;
  options.host = &disk;
  options.boot_id = "boot-1";
  options.background = false;
  const auto store = Store::Open(options);
  if (!store.ok()) return false;
  const auto ledger = Ledger::Open(
      {.store = store->get(), .clock = &clock, .host_name = "host"});
  if (!ledger.ok()) return false;
  (*ledger)->Read(
      [](const Catalogue& catalogue) { catalogue.CheckInvariants(); });
  Demand((*store)->Close().ok());
  return true;
}

}  // namespace
}  // namespace wsfs

/// A store with any rows and any damage starts as a valid catalogue, and then
/// does so again; or it says why not and leaves the rows as they are. Damage of
/// the file may be found by a write only: then the bytes that were saved are
/// as they were.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto* text = static_cast<const char*>(static_cast<const void*>(data));
  const wsfs::Input input = wsfs::Read(std::string_view(text, size));
  wsfs::FaultFs disk;
  wsfs::Prepare(disk, input);
  const auto before = wsfs::RowsOf(disk);
  if (wsfs::Start(disk)) {
    // What the first start did not touch may be damaged, too.
    const bool again = wsfs::Start(disk);
    wsfs::Demand(again || !input.flips.empty());
    return 0;
  }
  const auto after = wsfs::RowsOf(disk);
  if (input.flips.empty())
    wsfs::Demand(after == before);
  else
    wsfs::Demand(after.at(wsfs::kBodies) == before.at(wsfs::kBodies));
  return 0;
}
