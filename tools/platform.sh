# shellcheck shell=bash disable=SC2034  # what is set here is used by the tools that source it
# Which machine this is. Sourced by the other tools; sets, or refuses in one line:
#   ros           folder of ROS's setup.sh; empty where ROS is in /usr
#   python        the Python that ROS uses
#   packages      list of system packages; NAME-tests.txt beside NAME.txt: what the tests need more
#   pins          list of Python packages
#   robot_pins    the part of them that the demo and a robot need: no TensorFlow

say() { echo "setup: $*" >&2; }
refuse() {
  say "$*"
  exit 1
}

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
case $repo in
  *[[:space:]:\;\"\'\\\$\#]*)
    refuse "the path '$repo' has a blank or one of : ; \" ' \\ \$ # in it, which catkin cannot build in;" \
      "move the clone to a path without"
    ;;
esac
venv=$repo/.venv
# In `build`, because rosrun skips a folder of that name in a package: where the clone lies in somebody's own workspace,
# it would find each node there a second time. .ws/devel/setup.bash leads here.
ws=$repo/build/ws
system_path=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin

# shellcheck source=/dev/null
system=$(. /etc/os-release && echo "$ID ${VERSION_ID:-}")
if [ -f /opt/ros/noetic/setup.sh ]; then
  ros=/opt/ros/noetic
  packages=$repo/tools/packages-noetic.txt
  pins=$repo/requirements/noetic-py38.txt
  robot_pins=$repo/requirements/robot-noetic.txt
elif [ "$system" = "debian 12" ]; then
  ros=
  packages=$repo/tools/packages-debian12.txt
  pins=$repo/requirements/debian12-py311.txt
  robot_pins=$repo/requirements/robot-debian12.txt
elif [ "$system" = "ubuntu 20.04" ]; then
  refuse "no ROS in /opt/ros/noetic; install it (wiki.ros.org/noetic/Installation/Ubuntu), then run make again"
else
  refuse "this is '$system'; needs Debian 12, or Ubuntu 20.04 with ROS Noetic in /opt/ros/noetic"
fi
python=/usr/bin/python3
