#include "testing/fault_file.h"

#include <algorithm>

namespace wsfs {
namespace {

constexpr std::size_t kSectorBytes = 512;

/// Calls `use(page, within, done, length)` for each page of a range.
template <typename Use>
void ForEachPage(std::uint64_t offset, std::uint64_t length, Use use) {
  std::uint64_t done = 0;
  while (done < length) {
    const std::uint64_t at = offset + done;
    const std::uint64_t within = at % SparseBytes::kPageBytes;
    const std::uint64_t part =
        std::min(length - done, SparseBytes::kPageBytes - within);
    use(at / SparseBytes::kPageBytes, within, done, part);
    done += part;
  }
}

}  // namespace

std::size_t SparseBytes::ReadAt(std::uint64_t offset,
                                std::span<std::byte> into) const {
  if (offset >= size_) return 0;
  const std::uint64_t length =
      std::min<std::uint64_t>(into.size(), size_ - offset);
  ForEachPage(offset, length,
              [&](std::uint64_t page, std::uint64_t within, std::uint64_t done,
                  std::uint64_t part) {
                const auto to = into.subspan(done, part);
                const auto found = pages_.find(page);
                if (found == pages_.end()) {
                  std::ranges::fill(to, std::byte{0});
                } else {
                  std::ranges::copy(
                      std::span(found->second).subspan(within, part),
                      to.begin());
                }
              });
  return length;
}

void SparseBytes::WriteAt(std::uint64_t offset,
                          std::span<const std::byte> bytes) {
  ForEachPage(offset, bytes.size(),
              [&](std::uint64_t page, std::uint64_t within, std::uint64_t done,
                  std::uint64_t part) {
                Page& to = pages_[page];
                std::ranges::copy(bytes.subspan(done, part),
                                  std::span(to).subspan(within).begin());
              });
  size_ = std::max(size_, offset + bytes.size());
}

void SparseBytes::Truncate(std::uint64_t size_bytes) {
  if (size_bytes < size_) Zero(size_bytes, size_);
  size_ = size_bytes;
}

void SparseBytes::Zero(std::uint64_t begin, std::uint64_t end) {
  auto page = pages_.lower_bound(begin / kPageBytes);
  while (page != pages_.end() && page->first * kPageBytes < end) {
    const std::uint64_t start = page->first * kPageBytes;
    const std::uint64_t from = std::max(begin, start) - start;
    const std::uint64_t to = std::min(end, start + kPageBytes) - start;
    if (from == 0 && to == kPageBytes) {
      page = pages_.erase(page);
    } else {
      std::ranges::fill(std::span(page->second).subspan(from, to - from),
                        std::byte{0});
      ++page;
    }
  }
}

void SparseBytes::Flip(std::uint64_t offset) {
  std::byte& byte = pages_[offset / kPageBytes][offset % kPageBytes];
  byte ^= std::byte{1};
}

std::uint64_t SparseBytes::Seek(std::uint64_t offset, bool data) const {
  while (offset < size_) {
    const std::uint64_t page = offset / kPageBytes;
    if (pages_.contains(page) == data) return offset;
    if (data) {
      const auto next = pages_.lower_bound(page);
      if (next == pages_.end()) return size_;
      offset = next->first * kPageBytes;
    } else {
      offset = (page + 1) * kPageBytes;
    }
  }
  return size_;
}

void FaultInode::WriteAt(std::uint64_t offset,
                         std::span<const std::byte> bytes) {
  live_.WriteAt(offset, bytes);
  unsynced_.emplace_back(Write{offset, {bytes.begin(), bytes.end()}});
}

void FaultInode::Truncate(std::uint64_t size_bytes) {
  live_.Truncate(size_bytes);
  unsynced_.emplace_back(Cut{size_bytes});
}

void FaultInode::Zero(std::uint64_t begin, std::uint64_t end) {
  live_.Zero(begin, end);
  unsynced_.emplace_back(Hole{begin, end});
}

void FaultInode::Flip(std::uint64_t offset) {
  live_.Flip(offset);
  platter_.Flip(offset);
}

void FaultInode::Apply(const Change& change, SparseBytes& to) {
  if (const auto* write = std::get_if<Write>(&change)) {
    to.WriteAt(write->offset, write->bytes);
  } else if (const auto* cut = std::get_if<Cut>(&change)) {
    to.Truncate(cut->size_bytes);
  } else {
    const auto& hole = std::get<Hole>(change);
    to.Zero(hole.begin, hole.end);
  }
}

void FaultInode::ApplyTorn(const Write& write, std::mt19937_64& chance,
                           SparseBytes& to) {
  const std::span<const std::byte> bytes = write.bytes;
  for (std::size_t at = 0; at < bytes.size(); at += kSectorBytes) {
    if (chance() % 2 == 0) continue;
    to.WriteAt(write.offset + at,
               bytes.subspan(at, std::min(kSectorBytes, bytes.size() - at)));
  }
}

void FaultInode::Sync() {
  for (const Change& change : unsynced_) Apply(change, platter_);
  unsynced_.clear();
}

void FaultInode::LosePower(std::mt19937_64* chance) {
  if (chance != nullptr) {
    for (const Change& change : unsynced_) {
      const auto luck = (*chance)() % 4;
      if (luck == 0) continue;
      const auto* write = std::get_if<Write>(&change);
      if (luck == 1 && write != nullptr) {
        ApplyTorn(*write, *chance, platter_);
      } else {
        Apply(change, platter_);
      }
    }
  }
  unsynced_.clear();
  live_ = platter_;
  locked = false;
}

}  // namespace wsfs
