// SPDX-License-Identifier: Apache-2.0
#include "posix/startup_memory.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace buddyring {
namespace {

// One program or library: its segments that nobody writes to, the loader included.
int release_object(dl_phdr_info* object, size_t /*bytes*/, void* /*unused*/) {
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (size_t i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_W) == 0) {
      const uintptr_t begin = (object->dlpi_addr + segment.p_vaddr) / page * page;
      const uintptr_t end = object->dlpi_addr + segment.p_vaddr + segment.p_memsz;
      // Where the kernel does not do it, the pages stay, which does no harm.
      static_cast<void>(::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED));  // NOLINT
    }
  }
  return 0;
}

}  // namespace

void release_startup_memory() {
  static_cast<void>(::malloc_trim(0));
  static_cast<void>(::dl_iterate_phdr(release_object, nullptr));
}

}  // namespace buddyring
