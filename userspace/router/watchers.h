// SPDX-License-Identifier: Apache-2.0
// Watchers: those who look at the operators' page, and what each is still to be sent.
//
// Theory of operation. One thread tells; each watcher's own thread takes. A piece is one
// text that all watchers share, so that telling costs a pointer each and never waits for
// anybody. A watcher's queue is bounded: who is too slow for it loses it and is told the
// whole anew, as a newcomer is. Each has an eventfd, so that its thread can wait for its
// client as well.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "posix/fd.h"

namespace buddyring {

class Watchers {
 public:
  using Piece = std::shared_ptr<const std::string>;

  class Seat {
   public:
    Seat(Watchers& all, Fd event);
    ~Seat();  // gives the place back
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

    // Readable when next() or ended() may have something new.
    [[nodiscard]] int event_fd() const { return event_.get(); }
    // Null when there is nothing to be sent now.
    [[nodiscard]] Piece next();
    [[nodiscard]] bool ended() const;

   private:
    friend class Watchers;
    Watchers& all_;
    const Fd event_;
    bool wants_whole_ = true;
    std::deque<Piece> queue_;
  };

  Watchers() = default;
  // REQUIRES that no seat is left.
  ~Watchers() = default;
  Watchers(const Watchers&) = delete;
  Watchers& operator=(const Watchers&) = delete;

  // Null when all limits::ui_watchers_max places are taken, at the end, or when there is no
  // descriptor to be had. For any thread, as all here; `this` must outlive the seat.
  [[nodiscard]] std::unique_ptr<Seat> sit_down();
  [[nodiscard]] bool any() const;
  // Somebody has to be told the whole.
  [[nodiscard]] bool want_whole() const;

  // To those who have been told the whole.
  void tell(std::string piece);
  // To the others.
  void tell_whole(std::string whole);
  // Ends all seats; nobody gets one any more.
  void close();

 private:
  // REQUIRES the lock.
  static void wake(const Seat& seat);

  mutable std::mutex mutex_;
  std::vector<Seat*> seats_;
  bool closed_ = false;
};

}  // namespace buddyring
