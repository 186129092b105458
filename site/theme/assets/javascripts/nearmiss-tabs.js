// Opens the tab of a tabbed part of a page that the address names. In a file for the same reason as the scope.
{
  const named = document.getElementById(location.hash.slice(1));
  if (named?.name?.startsWith("__tabbed_")) named.checked = true;
}
