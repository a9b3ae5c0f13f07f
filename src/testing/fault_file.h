#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <variant>
#include <vector>

namespace wsfs {

/// The bytes of a file that may be mostly hole: pages by number, the rest
/// reads as zeros. Value type.
class SparseBytes {
 public:
  static constexpr std::uint64_t kPageBytes = 4096;

  std::uint64_t size() const { return size_; }
  std::size_t ReadAt(std::uint64_t offset, std::span<std::byte> into) const;
  void WriteAt(std::uint64_t offset, std::span<const std::byte> bytes);
  void Truncate(std::uint64_t size_bytes);
  void Zero(std::uint64_t begin, std::uint64_t end);
  void Flip(std::uint64_t offset);
  /// The next offset from `offset` on that is data, or hole; at most size().
  std::uint64_t Seek(std::uint64_t offset, bool data) const;
  std::uint64_t held_bytes() const { return pages_.size() * kPageBytes; }

 private:
  using Page = std::array<std::byte, kPageBytes>;
  std::map<std::uint64_t, Page> pages_;
  std::uint64_t size_ = 0;
};

/// One file of FaultFs: what a reader sees, what is on the platter, and the
/// changes between the two, in order. Guarded by the FaultFs's lock.
class FaultInode {
 public:
  const SparseBytes& live() const { return live_; }
  void WriteAt(std::uint64_t offset, std::span<const std::byte> bytes);
  void Truncate(std::uint64_t size_bytes);
  void Zero(std::uint64_t begin, std::uint64_t end);
  void Flip(std::uint64_t offset);
  void Sync();

  /// Back to what the platter holds, plus what chance wrote back of the rest:
  /// none of it when `chance` is null, else any part of it in any order, by
  /// sectors.
  void LosePower(std::mt19937_64* chance);

  bool locked = false;

 private:
  struct Write {
    std::uint64_t offset = 0;
    std::vector<std::byte> bytes;
  };
  struct Cut {
    std::uint64_t size_bytes = 0;
  };
  struct Hole {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  using Change = std::variant<Write, Cut, Hole>;
  static void Apply(const Change& change, SparseBytes& to);
  static void ApplyTorn(const Write& write, std::mt19937_64& chance,
                        SparseBytes& to);

  SparseBytes live_;
  SparseBytes platter_;
  std::vector<Change> unsynced_;
};

}  // namespace wsfs
