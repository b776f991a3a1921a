"""Read by catkin_python_setup; to build the package, see the README."""

from catkin_pkg.python_setup import generate_distutils_setup
from setuptools import find_packages, setup

setup(
    **generate_distutils_setup(
        packages=find_packages("src"),
        package_dir={"": "src"},
        package_data={"tod_ros.annotate": ["static/*"], "tod_ros.evaluation": ["report.html"]},
        scripts=["scripts/tod"],
    )
)
