// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/namespace_thread.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "posix/fd.h"
#include "tests/lab/sandbox.h"

namespace buddyring::lab {
namespace {

std::string path_of(const std::string& name) { return "/run/netns/" + name; }

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

NamespaceThread::NamespaceThread(std::string name) : name_(std::move(name)) {
  std::promise<void> entered;
  auto outcome = entered.get_future();
  thread_ = std::thread([this, &entered] {
    try {
      enter();
      entered.set_value();
    } catch (...) {
      entered.set_exception(std::current_exception());
      return;
    }
    serve();
  });
  try {
    outcome.get();
  } catch (...) {
    thread_.join();
    throw;
  }
}

NamespaceThread::~NamespaceThread() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
  umount2(path_of(name_).c_str(), MNT_DETACH);
  unlink(path_of(name_).c_str());
}

void NamespaceThread::enter() {
  if (unshare(CLONE_NEWNET) != 0) {
    fail("new network namespace " + name_);
  }
  const std::string path = path_of(name_);
  const Fd mountpoint(open(path.c_str(), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0));
  if (!mountpoint.valid()) {
    fail("create " + path);
  }
  if (mount("/proc/thread-self/ns/net", path.c_str(), "none", MS_BIND, nullptr) != 0) {
    fail("bind " + path);
  }
  // Neighbour discovery and autoconfiguration would only add noise. Hosts with an
  // IPv6 address get IPv6 back when they are plugged in.
  write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
  write_file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
}

void NamespaceThread::post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
  }
  wake_.notify_one();
}

void NamespaceThread::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (queue_.empty()) {
      return;
    }
    const auto work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

}  // namespace buddyring::lab
