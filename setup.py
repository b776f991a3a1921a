"""Read by catkin_python_setup; to build the package, see the README."""

from catkin_pkg.python_setup import generate_distutils_setup
from setuptools import setup

setup(
    **generate_distutils_setup(
        packages=["tod_ros", "tod_ros.annotate", "tod_ros.nodes", "tod_ros.scene", "tod_ros.verbs"],
        package_dir={"": "src"},
        package_data={"tod_ros.annotate": ["static/*"]},
        scripts=["scripts/tod"],
    )
)
