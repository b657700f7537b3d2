# SPDX-License-Identifier: Apache-2.0
# Which tests every entry of the kernel matrix runs: sets GTEST_FILTER. They are those that
# another kernel may change: what it loads, attaches, notices and leaves behind, and what
# it does on a wire. What is left out, and why, is in docs/kernels.md. Sourced.
# shellcheck shell=bash
without=(
  # Frames of each kind, which Differential.Frames draws.
  'Each/Answer.*' 'Each/Arrival.*' 'Each/Parse*' 'Each/Tagged.*' 'Each/ThreeTags.*' 'Each/Udp.*' 'Each/Seals.*' 'Each/Replays.*'
  Each/WireOfBothFamilies.{OnlyABuddyIsToldThatItCounts,WatchForgetsWhatWasSeenBefore,WordOfTheOtherAgentIsHeardWhileItIsFresh}/'*'
  Differential.Corpus
  # Of the lab's switch.
  'WireOfOneFamily.Loss*'
  # What userspace makes of its maps, its pins and its lock; and arithmetic.
  'Slots.*' 'Stamps.*'
  Life.ALeaseThatRanOutIsNotResumed
  Life.AnInheritedBuddyInItsOwnSlotStaysAndOthersAreDropped
  Life.AStartThatFailsLeavesWhatWasHandedOver
  Life.DetachRemovesPinsOfAnotherLayout
  Life.PinsOfAnotherLayoutAreRefusedAndLeft
  Attachment.SecondAgentForTheServerIsRefused
  Attachment.KilledAgentsFilterIsRemovedFromTheInterfaceItHadBefore
  'Links.ANewStart*' Links.DetachFindsAllThatAnotherMountHides
  # Many starts, in every way after every other; each way by itself is in the others of the suite.
  AttachModes.AStartGoesOnFromWhateverWasHandedOver
  Links.DetachRemovesFromAllWhateverTheWay
)
# Before 6.3 a kernel has no stamps: that it refuses is two of these tests.
[[ $(uname -r) != 6.1.* ]] || without+=(
  HardwareStamps.ProgramIsWithinTheLimitOfThePlainOne
  HardwareStamps.ComeAndGoWithARestart
  HardwareStamps.KernelOutlivesTheInterfaceWhileAllIsHeldAndAfterwards
  'StampsOnTheWire.*'
)
GTEST_FILTER="-$(
  IFS=:
  echo "${without[*]}"
)"
export GTEST_FILTER
