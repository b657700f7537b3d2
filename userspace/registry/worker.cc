// SPDX-License-Identifier: Apache-2.0
#include "registry/worker.h"

#include <pthread.h>
#include <sys/eventfd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "core/limits.h"
#include "posix/clock.h"
#include "posix/fd.h"
#include "posix/privileges.h"
#include "posix/startup_error.h"
#include "registry/client.h"

namespace buddyring {
namespace {

const DeleteRequest* as_verdict(const RegistryRequest& request) {
  const auto* const deletion = std::get_if<DeleteRequest>(&request);
  return deletion != nullptr && deletion->reason == DeleteReason::dead ? deletion : nullptr;
}

template <class Reply>
RegistryReply to_reply(Result<Reply> result) {
  return result ? RegistryReply(std::move(result.value())) : RegistryReply(result.error());
}

Fd make_event() {
  Fd event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.valid()) {
    throw StartupError(std::string("making an eventfd for the registry worker: ") + std::strerror(errno) +
                       "; raise the limit on open files");
  }
  return event;
}

}  // namespace

struct RegistryWorker::Shared {
  explicit Shared(Options chosen)
      : options(std::move(chosen)), client(options.urls, options.password, options.tls_ca), event(make_event()) {}

  void serve();
  // With `lock`, which it gives back meanwhile.
  void await_request(std::unique_lock<std::mutex>& lock);
  void note_endpoints();
  [[nodiscard]] bool is_withdrawn();
  [[nodiscard]] RegistryReply carry_out(const RegistryRequest& wanted);
  [[nodiscard]] std::optional<RegistryReply> check_contact(const DeleteRequest& verdict);

  // The worker's thread alone, but for fresh_contact.
  const Options options;
  std::atomic<Duration> fresh_contact{options.fresh_contact};
  RegistryClient client;
  // The verdicts that were sent back to be confirmed. When one comes again on
  // the same connection, a slow ping is no reason to send it back once more:
  // else a registry slower than the probe interval would never hear a verdict.
  // Not for ever: what was sent back long ago was about other grounds.
  std::map<std::pair<std::string, Incarnation>, Instant> sent_back;

  const Fd event;
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<RegistryRequest> request;  // there from submit() to take_reply()
  std::optional<RegistryReply> reply;
  EndpointList endpoints;
  buddyring_delay_histogram calls{};
  bool withdrawn = false;
  bool ending = false;
  std::thread thread;
};

void RegistryWorker::Shared::await_request(std::unique_lock<std::mutex>& lock) {
  const auto called = [this] { return ending || (request && !reply); };
  while (!called()) {
    const auto due = client.return_due();
    if (!due) {
      changed.wait(lock, called);
    } else if (!changed.wait_for(lock, *due - monotonic_now(), called)) {
      lock.unlock();
      client.try_return();
      lock.lock();
      note_endpoints();
    }
  }
}

// REQUIRES the lock.
void RegistryWorker::Shared::note_endpoints() {
  const auto& entries = client.endpoints().entries();
  for (size_t i = 0; i < entries.size(); ++i) {
    endpoints.at(i) = {entries[i].state, entries[i].failures};
  }
}

void RegistryWorker::Shared::serve() {
  std::unique_lock lock(mutex);
  for (;;) {
    await_request(lock);
    if (ending) {
      return;
    }
    const RegistryRequest now = *request;
    lock.unlock();
    const Instant began = monotonic_now();
    RegistryReply done = carry_out(now);
    const Duration took = monotonic_now() - began;
    lock.lock();
    count_delay(calls, took);
    reply = std::move(done);
    note_endpoints();
    const uint64_t one = 1;
    // Fails only when the counter would overflow, and then it is readable.
    [[maybe_unused]] const ssize_t written = write(event.get(), &one, sizeof one);
  }
}

bool RegistryWorker::Shared::is_withdrawn() {
  const std::lock_guard lock(mutex);
  return withdrawn;
}

RegistryReply RegistryWorker::Shared::carry_out(const RegistryRequest& wanted) {
  if (const auto* const verdict = as_verdict(wanted)) {
    if (auto instead = check_contact(*verdict)) {
      return *std::move(instead);
    }
  } else if (auto connected = client.connect(); !connected) {
    return connected.error();
  }
  if (is_withdrawn()) {
    return Revalidate{};
  }
  if (const auto* const announce = std::get_if<AnnounceRequest>(&wanted)) {
    return to_reply(client.announce(options.pool, *announce));
  }
  if (const auto* const deletion = std::get_if<DeleteRequest>(&wanted)) {
    auto removed = client.remove(options.pool, *deletion, [this] { return !is_withdrawn(); });
    // Where the connection is lost it may have been done: that is an error, withdrawn or not.
    const bool undone = !removed && client.connected();
    return undone && is_withdrawn() ? RegistryReply(Revalidate{}) : to_reply(std::move(removed));
  }
  if (const auto* const beside = std::get_if<BesideRequest>(&wanted)) {
    return to_reply(client.beside(options.pool, *beside));
  }
  if (const auto* const beyond = std::get_if<BeyondRequest>(&wanted)) {
    return to_reply(client.beyond(options.pool, *beyond));
  }
  if (const auto* const report = std::get_if<ReportRequest>(&wanted)) {
    return to_reply(client.report(options.pool, *report));
  }
  return to_reply(client.row(options.pool, std::get<RowRequest>(wanted)));
}

// What to reply instead of carrying the verdict out; nothing when it may be.
std::optional<RegistryReply> RegistryWorker::Shared::check_contact(const DeleteRequest& verdict) {
  const std::pair name(verdict.server, verdict.incarnation);
  const Instant before = monotonic_now();
  std::erase_if(sent_back, [before](const auto& each) { return before - each.second > limits::sent_back_forgotten; });
  if (!client.connected() || !client.ping()) {
    if (auto connected = client.connect(); !connected) {
      return connected.error();
    }
    sent_back.clear();
  } else if (monotonic_now() - before <= fresh_contact.load() || sent_back.contains(name)) {
    sent_back.erase(name);
    return std::nullopt;
  }
  sent_back.insert_or_assign(name, before);
  return Revalidate{};
}

void RegistryWorker::set_fresh_contact(Duration age) { shared_->fresh_contact = age; }

RegistryWorker::RegistryWorker(Options options) : shared_(std::make_unique<Shared>(std::move(options))) {
  // The thread inherits the mask: signals are for the ring's thread.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    shared_->thread = std::thread([shared = shared_.get()] {
      // Where this fails, the first thread fails likewise and says so.
      static_cast<void>(drop_privileges({}));
      shared->serve();
    });
  } catch (const std::system_error& error) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw StartupError(std::string("starting the registry worker's thread: ") + error.what() +
                       "; raise the limit on processes");
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

RegistryWorker::~RegistryWorker() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->ending = true;
    shared_->withdrawn = true;
  }
  shared_->changed.notify_one();
  shared_->thread.join();
}

int RegistryWorker::event_fd() const { return shared_->event.get(); }

void RegistryWorker::submit(RegistryRequest request) {
  {
    const std::lock_guard lock(shared_->mutex);
    BUDDYRING_ASSERT(!shared_->request);
    shared_->request = std::move(request);
    shared_->withdrawn = false;
  }
  shared_->changed.notify_one();
}

void RegistryWorker::withdraw() {
  const std::lock_guard lock(shared_->mutex);
  shared_->withdrawn = true;
}

RegistryWorker::EndpointList RegistryWorker::endpoints() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->endpoints;
}

buddyring_delay_histogram RegistryWorker::calls() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->calls;
}

std::optional<RegistryReply> RegistryWorker::take_reply() {
  const std::lock_guard lock(shared_->mutex);
  if (!shared_->reply) {
    return std::nullopt;
  }
  shared_->request.reset();
  return std::exchange(shared_->reply, std::nullopt);
}

}  // namespace buddyring
