#include "server/zip.h"

#include <array>
#include <cstdint>

namespace wsfs {
namespace {

std::array<std::uint32_t, 256> CrcTable() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit)
      value = (value & 1) != 0 ? 0xEDB88320U ^ value >> 1 : value >> 1;
    table.at(i) = value;
  }
  return table;
}

std::uint32_t Crc32(std::string_view bytes) {
  static const std::array<std::uint32_t, 256> table = CrcTable();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes)
    crc = table.at((crc ^ static_cast<std::uint8_t>(c)) & 0xFF) ^ crc >> 8;
  return ~crc;
}

void Put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i)
    out += static_cast<char>(value >> (8 * i) & 0xFF);
}

/// The fields that a local header and a directory entry share.
void PutCommon(std::string& out, const ZipEntry& entry) {
  Put(out, 20, 2);      // Version 2.0.
  Put(out, 0x0800, 2);  // Names in UTF-8.
  Put(out, 0, 2);       // Stored.
  Put(out, 0, 2);       // 00:00:00 on
  Put(out, 0x21, 2);    // 1980-01-01: the same bytes in every run.
  Put(out, Crc32(entry.bytes), 4);
  Put(out, entry.bytes.size(), 4);
  Put(out, entry.bytes.size(), 4);
  Put(out, entry.name.size(), 2);
  Put(out, 0, 2);
}

}  // namespace

std::string MakeZip(const std::vector<ZipEntry>& entries) {
  std::string out;
  std::string directory;
  for (const ZipEntry& entry : entries) {
    Put(directory, 0x02014B50, 4);
    Put(directory, 20, 2);
    PutCommon(directory, entry);
    Put(directory, 0, 10);  // No comment, first disk, no attributes.
    Put(directory, out.size(), 4);
    directory += entry.name;
    Put(out, 0x04034B50, 4);
    PutCommon(out, entry);
    out.append(entry.name).append(entry.bytes);
  }
  const std::size_t start = out.size();
  out += directory;
  Put(out, 0x06054B50, 4);
  Put(out, 0, 4);
  Put(out, entries.size(), 2);
  Put(out, entries.size(), 2);
  Put(out, directory.size(), 4);
  Put(out, start, 4);
  Put(out, 0, 2);
  return out;
}

}  // namespace wsfs
