// SPDX-License-Identifier: Apache-2.0
// MappedMap: the entries of an array map in this process's memory. The kernel
// programs write them meanwhile, so they are touched through the loads and
// stores below only.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string>

#include "core/result.h"
#include "kernel/failure.h"

namespace buddyring {

template <class T>
T load_relaxed(const T& place) {
  return __atomic_load_n(&place, __ATOMIC_RELAXED);
}
template <class T>
T load_acquire(const T& place) {
  return __atomic_load_n(&place, __ATOMIC_ACQUIRE);
}
template <class T>
void store_relaxed(T& place, T value) {
  __atomic_store_n(&place, value, __ATOMIC_RELAXED);
}
template <class T>
void store_release(T& place, T value) {
  __atomic_store_n(&place, value, __ATOMIC_RELEASE);
}

// Zeroes a map entry word by word. REQUIRES an entry of whole 64-bit words, as all are.
template <class Entry>
void zero_entry(Entry& entry) {
  static_assert(sizeof(Entry) % sizeof(__u64) == 0 && alignof(Entry) == alignof(__u64));
  auto* words = reinterpret_cast<__u64*>(&entry);
  for (size_t i = 0; i < sizeof(Entry) / sizeof(__u64); ++i) {
    store_relaxed(words[i], __u64{0});
  }
}

template <class Entry>
class MappedMap {
 public:
  // `fd` is an array map of `entries` entries with BPF_F_MMAPABLE. Throws StartupError.
  MappedMap(int fd, size_t entries, const std::string& name) : entries_(entries) {
    static_assert(sizeof(Entry) % 8 == 0, "the kernel rounds entries up to 8 bytes");
    const auto page_bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    mapped_bytes_ = (entries * sizeof(Entry) + page_bytes - 1) / page_bytes * page_bytes;
    void* memory = mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
      fail_start("map the kernel's map " + name, errno, "", "a kernel from 6.1 on is needed");
    }
    first_ = static_cast<Entry*>(memory);
  }
  ~MappedMap() { munmap(first_, mapped_bytes_); }
  MappedMap(const MappedMap&) = delete;
  MappedMap& operator=(const MappedMap&) = delete;

  [[nodiscard]] Entry& operator[](size_t index) const {
    BUDDYRING_ASSERT(index < entries_);
    return first_[index];
  }

 private:
  size_t entries_;
  size_t mapped_bytes_;
  Entry* first_;
};

}  // namespace buddyring
